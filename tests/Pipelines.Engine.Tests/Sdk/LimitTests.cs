using static Pipelines.Engine.Tests.Sdk.Graph;

namespace Pipelines.Engine.Tests.Sdk;

/// <summary>Limits: what a DAG says of how much of it runs at once, or starts in a time.</summary>
public sealed class LimitTests
{
    [Fact]
    public void A_task_without_limits_says_nothing_of_them()
    {
        var spec = Of(dag => dag.Task("a", One).Pool("p"));
        Assert.Equal((null, null), (spec.Task("a").Limits, spec.Task("a").PoolSlots));
        Assert.DoesNotContain("imits", SpecJson.Write(spec), StringComparison.Ordinal);
        Assert.Equal(3, Of(dag => dag.Task("a", One).Pool("p", slots: 3)).Task("a").PoolSlots);
    }

    [Fact]
    public void How_many_at_once_alone_by_name_and_by_key()
    {
        var spec = Of(dag =>
        {
            var list = dag.Task("list", List);
            dag.Task("alone", One).Concurrency(2);
            dag.Map("each", (int x) => x, list).Concurrency("customer", 1, LimitKey.Of(list, "id"));
            dag.Task("other", One).Concurrency("customer", 1, LimitKey.Argument("customer"));
            dag.Task("whole", One).Concurrency("customer", 1, LimitKey.Of(list));
        });
        Assert.Equal(new LimitSpec { Name = "task:test.alone", AtOnce = 2 }, spec.Task("alone").Limits![0]);
        Assert.Equal(new LimitSpec { Name = "customer", AtOnce = 1, KeyTask = "list[]", KeyProperty = "id" }, spec.Task("each").Limits![0]);
        Assert.Equal(new LimitSpec { Name = "customer", AtOnce = 1, KeyArgument = "customer" }, spec.Task("other").Limits![0]);
        Assert.Equal(new LimitSpec { Name = "customer", AtOnce = 1, KeyTask = "list" }, spec.Task("whole").Limits![0]);
        Assert.Equal("list", spec.Edges("whole"));
    }

    [Fact]
    public void How_many_start_in_a_time()
    {
        var spec = Of(dag => dag.Task("a", One).RateLimit("api", 2.PerSecond with { Burst = 5 }).RateLimit("day", 100.PerHour).RateLimit("minute", 7.PerMinute));
        Assert.Equal(
            [new() { Name = "api", Starts = 2, PerSeconds = 1, Burst = 5 }, new() { Name = "day", Starts = 100, PerSeconds = 3600, Burst = 1 }, new() { Name = "minute", Starts = 7, PerSeconds = 60, Burst = 1 }],
            spec.Task("a").Limits);
    }

    [Fact]
    public void Of_the_whole_DAG_and_of_each_run_without_its_callbacks()
    {
        var spec = Of(dag =>
        {
            dag.MaxActiveTasks(16).MaxActiveTasksPerRun(4);
            dag.Task("a", One).Concurrency(1).OnFailure(_ => { });
        });
        Assert.Equal(
            [new() { Name = "task:test.a", AtOnce = 1 }, new() { Name = "dag:test", AtOnce = 16 }, new() { Name = "run:test", AtOnce = 4, KeyRun = true }], spec.Task("a").Limits);
        Assert.Null(spec.Tasks.Single(task => task.Role == TaskRole.OnFailure).Limits);
    }

    [Fact]
    public void What_an_urgent_task_waits_for_is_urgent_too()
    {
        static void Define(DagBuilder dag)
        {
            var (a, b) = (dag.Task("a", One), dag.Task("b", One).Priority(20));
            var c = dag.Task("c", One).After(a, b).Priority(-5);
            dag.Task("d", One).After(c).Priority(10);
        }

        static string Priorities(DagSpec spec) => string.Join(' ', spec.Tasks.Select(task => $"{task.Id}{task.Priority}"));
        Assert.Equal("a0 b20 c-5 d10", Priorities(Of(Define)));
        Assert.Equal("a10 b20 c10 d10", Priorities(Of(dag => Define(dag.InheritPriority()))));
    }

    [Fact]
    public void What_cannot_be_is_refused_with_what_to_write_instead()
    {
        Refused(dag => dag.Task("a", One).Concurrency(0), "'a'", "Concurrency must be 1 or more, not 0", "pause the DAG");
        Refused(dag => dag.Task("a", One).Concurrency("x", -1), "not -1");
        Refused(dag => dag.Task("a", One).RateLimit("x", 0.PerSecond), "a rate must let 1 or more attempts start, not 0");
        Refused(dag => dag.Task("a", One).RateLimit("x", 1.PerSecond with { Burst = 0 }), "Burst must be 1 or more");
        Refused(dag => dag.Task("a", One).RateLimit("x", new Rate(1, TimeSpan.Zero)), "longer than zero");
        Refused(dag => dag.Task("a", One).Pool("p", slots: 0), "'a'", "1 to 1,000 slots of its pool, not 0");
        Refused(dag => dag.Task("a", One).Concurrency("x y", 1), "limit name 'x y'");
        Refused(dag => dag.Task("a", One).Concurrency("x", 1).Concurrency("x", 1), "'a' has the limit 'x' twice");
        Refused(dag => { dag.Task("a", One).Concurrency("x", 1); dag.Task("b", One).Concurrency("x", 2); }, "'b'", "'x' has another size at the task 'a'");
        Refused(dag => dag.MaxActiveTasks(0), "MaxActiveTasks must be 1 or more");
        Refused(dag => dag.MaxActiveTasksPerRun(0), "MaxActiveTasksPerRun must be 1 or more");
        Refused(
            dag => { var m = dag.Map("m", (int x) => x, dag.Task("list", List)); dag.Task("b", One).Concurrency("x", 1, LimitKey.Of(m)); }, "counted by 'm', which is mapped");
    }

    [Fact]
    public void Gates_that_look_at_other_runs()
    {
        var spec = Of(dag => { dag.Task("a", One).WaitForDownstream(); dag.Task("b", One).LatestOnly(); });
        Assert.Equal((true, true, false), (spec.Task("a").DependsOnPast, spec.Task("a").WaitForDownstream, spec.Task("a").LatestOnly));
        Assert.Equal((false, false, true), (spec.Task("b").DependsOnPast, spec.Task("b").WaitForDownstream, spec.Task("b").LatestOnly));
        Refused(dag => dag.Map("m", (int x) => x, dag.Task("list", List)).LatestOnly(), "'m' is mapped and cannot be LatestOnly");
    }
}
