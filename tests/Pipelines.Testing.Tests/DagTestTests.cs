namespace Pipelines.Testing.Tests;

/// <summary>DagTest as the author of a DAG uses it: real bodies, the engine's rules, and waits that take no time.</summary>
public sealed class DagTestTests
{
    [Fact]
    public async Task A_run_passes_outputs_on_and_maps_and_reduces()
    {
        var run = await DagTest.For(() => new Sales()).At("2026-03-02").WithArguments(new { Factor = 3 }).WithConnection("store", "here").RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal([30, 60], run.Output<int[]>("region.scale"));
        Assert.Equal(90, run.Output<int>("total"));
        Assert.Equal(("skipped", "succeeded", "large of here"), (run["small"].State, run["large"].State, run.Output<string>("loaded")));
        Assert.Equal(["Information: [50%] data of 2026-03-01"], run["read"].Log);
        Assert.Equal(2, run["region.scale"].Elements.Count);
    }

    [Fact]
    public async Task Retries_wait_by_the_clock_and_callbacks_are_told_what_failed()
    {
        var dag = new Troubled();
        var run = await DagTest.For(dag).RunAsync();
        Assert.Equal(("failed", 3), (run.State, run["flaky"].Attempts + run["hopeless"].Attempts - 1));
        Assert.Equal(("succeeded", 3), (run["flaky"].State, run["flaky"].Attempts));
        Assert.Equal("the file is not ours", run["hopeless"].Why);
        Assert.Equal(["hopeless: the file is not ours"], dag.Paged);
        Assert.Equal("upstream failed", run["after"].State);
        Assert.True(run.Took >= TimeSpan.FromHours(2), $"{run.Took}");
    }

    [Fact]
    public async Task A_body_that_waits_too_long_is_cancelled_at_its_timeout_and_what_it_made_is_taken_down()
    {
        var clock = new TestClock();
        var dag = new Waiting(clock);
        var run = await DagTest.For(dag).WithClock(clock).RunAsync();
        Assert.Equal(("failed", "failed", "succeeded"), (run.State, run["wait"].State, run["drop"].State));
        Assert.Contains("longer than its timeout of 01:00:00", run["wait"].Why, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMinutes(70), run.Took);
    }

    [Fact]
    public async Task A_step_is_done_once_for_all_attempts()
    {
        var dag = new Stepping();
        var run = await DagTest.For(dag).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal((2, 1, 7), (run["load"].Attempts, dag.Downloads, run.Output<int>("load")));
    }

    [Fact]
    public async Task A_run_over_its_timeout_fails()
    {
        var clock = new TestClock();
        var run = await DagTest.For(new Slow(clock)).WithClock(clock).RunAsync();
        Assert.Equal(("failed", "cancelled", "cancelled"), (run.State, run["sleep"].State, run["never"].State));
        Assert.Equal(TimeSpan.FromMinutes(30), run.Took);
    }

    [Fact]
    public async Task What_could_not_be_loaded_is_refused_and_an_unknown_task_is_named()
    {
        var refused = await Assert.ThrowsAsync<DagDefinitionException>(() => DagTest.For(new Empty()).RunAsync());
        Assert.Contains("no tasks", refused.Message, StringComparison.Ordinal);
        var unknown = Assert.Throws<ArgumentException>(() => Run().GetAwaiter().GetResult()["nothing"]);
        Assert.Contains("It has: flaky, hopeless", unknown.Message, StringComparison.Ordinal);
        static Task<DagTestRun> Run() => DagTest.For(new Troubled()).RunAsync();
    }

    [Dag("stepping")]
    public sealed class Stepping : Dag
    {
        public int Downloads { get; private set; }

        public override void Define(DagBuilder dag) => dag.Task(Load).Retry(1, TimeSpan.FromHours(1));

        public async Task<int> Load(TaskContext context)
        {
            await context.Step("download", () => Task.FromResult(++Downloads));
            var last = await context.Cursor.ReadAsync<int>();
            await context.Cursor.SaveAsync(7);
            return context.Attempt == 1 ? throw new InvalidOperationException("once") : last;
        }
    }

    public sealed record Factors(int Factor = 1);

    public enum Size
    {
        Small,
        Large,
    }

    [Dag("sales", Cron = "0 2 * * *", Start = "2026-01-01")]
    public sealed class Sales : Dag<Factors>
    {
        public override void Define(DagBuilder dag)
        {
            var read = dag.Task(Read);
            var scaled = dag.MapGroup("region", read, (g, one) => g.Task(Scale, one));
            var total = dag.Task("total", (IReadOnlyList<int> all) => all.Sum(), scaled);
            var size = dag.Task("size", (int sum) => sum > 50 ? Size.Large : Size.Small, total);
            var small = dag.Task("small", () => "small").When(size, Size.Small);
            var large = dag.Task("large", (TaskContext context) => $"large of {context.Connection("store")}").When(size, Size.Large);
            dag.FirstOf("loaded", small, large);
        }

        public int[] Read(TaskContext context)
        {
            var day = context.Interval.Start;
            context.Progress(50, $"data of {day:yyyy-MM-dd}");
            return [10, 20];
        }

        public int Scale(int one) => one * Arguments.Factor;
    }

    [Dag("troubled")]
    public sealed class Troubled : Dag
    {
        public List<string> Paged { get; } = [];

        public override void Define(DagBuilder dag)
        {
            dag.Task(Flaky).Retry(new RetryPolicy { Retries = 3, Delay = TimeSpan.FromHours(1), Factor = 1, Jitter = 0 });
            var hopeless = dag.Task(Hopeless).Retry(5, TimeSpan.FromMinutes(1));
            dag.Task("after", () => { }).After(hopeless);
            dag.OnFailure(context => Paged.AddRange(context.Failures.Select(failure => $"{failure.TaskId}: {failure.Error}")));
        }

        public void Flaky(TaskContext context)
        {
            if (context.Attempt < 3)
                throw new InvalidOperationException("not yet");
        }

        public void Hopeless(TaskContext context) => throw context.Fail("the file is not ours");
    }

    [Dag("waiting")]
    public sealed class Waiting(TestClock clock) : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var cluster = dag.Task("make", async (TaskContext context) =>
            {
                await Task.Delay(TimeSpan.FromMinutes(10), clock, context.Cancellation);
                return "cluster";
            });
            dag.Task("wait", (TaskContext context) => Task.Delay(TimeSpan.FromDays(2), clock, context.Cancellation)).After(cluster).Timeout(TimeSpan.FromHours(1));
            dag.Task("drop", (string _) => { }, cluster).TeardownOf(cluster);
        }
    }

    [Dag("slow")]
    public sealed class Slow(TestClock clock) : Dag
    {
        public override void Define(DagBuilder dag)
        {
            dag.RunTimeout(TimeSpan.FromMinutes(30));
            var sleep = dag.Task("sleep", (TaskContext context) => Task.Delay(TimeSpan.FromHours(5), clock, context.Cancellation));
            dag.Task("never", () => { }).After(sleep);
        }
    }

    [Dag("empty")]
    public sealed class Empty : Dag
    {
        public override void Define(DagBuilder dag)
        {
        }
    }
}
