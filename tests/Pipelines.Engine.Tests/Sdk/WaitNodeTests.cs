using Pipelines.Engine.Execution;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Sdk.Graph;

namespace Pipelines.Engine.Tests.Sdk;

public sealed class WaitNodeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Waits_have_no_body_and_take_no_defaults()
    {
        var spec = Of(dag =>
        {
            dag.Defaults(retry: new RetryPolicy { Retries = 3 }, timeout: Minute, pool: "p", priority: 5, queue: "gpu");
            var one = dag.Task("one", One);
            dag.Delay("pause", Minute).After(one);
            dag.WaitUntil("later", Minute);
            dag.WaitUntil("evening", new TimeOnly(18, 0), days: 1);
            dag.WaitFor("orders", task: "load");
            dag.Run("child", one);
        });
        Assert.All(spec.Tasks.Skip(1), task => Assert.Equal(("~wait", null, null, null, 5), (task.Queue, task.Pool, task.AttemptTimeout, task.Code, task.Priority)));
        Assert.Equal(("UTC", new TimeOnly(18, 0)), (spec.Task("evening").Wait!.TimeZone, spec.Task("evening").Wait!.Time));
        Assert.Equal(("wait_for_orders_load", "run_child", "one", "one"), (spec.Tasks[4].Id, spec.Tasks[5].Id, spec.Tasks[5].Wait!.Arguments, spec.Edges("run_child")));
        Assert.Equal(spec.Tasks[4].Wait, SpecJson.Read(SpecJson.Write(spec)).Tasks[4].Wait);
        Assert.DoesNotContain("\"wait\"", SpecJson.Write(Of(dag => dag.Task("one", One))), StringComparison.Ordinal);   // graphs without one keep their hash
        Assert.DoesNotContain("\"poll\"", SpecJson.Write(Of(dag => dag.Task("one", One))), StringComparison.Ordinal);
    }

    [Fact]
    public void Sensors_take_bools_and_values_with_and_without_tasks_inputs_and_context()
    {
        var spec = Of(dag =>
        {
            var a = dag.Sensor(Ready);
            dag.Sensor("b", () => Task.FromResult(true)).Poll(Minute, factor: 2);
            IOutput<string> found = dag.Sensor("c", (TaskContext _) => (string?)"x");
            IOutput<int> number = dag.Sensor("d", (string text) => Task.FromResult((int?)text.Length), found);
            dag.Sensor("e", (string text, int n, TaskContext _) => n > 0, found, number).After(a).Pool("p").Retry(2, Minute);
        });
        Assert.Equal(["ready", "b", "c", "d", "e"], spec.Tasks.Select(task => task.Id));
        Assert.All(spec.Tasks, task => Assert.NotNull(task.Poll));
        Assert.Equal((Minute, 2.0, TimeSpan.FromDays(7)), (spec.Task("b").Poll!.Every, spec.Task("b").Poll!.Factor, spec.Task("b").Poll!.Timeout));
        Assert.Equal("c d ready", spec.Edges("e"));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Refused(dag => dag.Delay("a", TimeSpan.Zero), "'a'", "a delay must be longer than zero");
        Refused(dag => dag.WaitUntil("a", -Minute), "'a'", "WaitUntil takes a time after the run's tick");
        Refused(dag => dag.WaitUntil("a", new TimeOnly(1, 0), days: -1), "'a'", "0 to 3,660 days");
        Refused(dag => dag.Sensor(Ready).Poll(TimeSpan.Zero), "'ready'", "longer than zero between two polls");
        Refused(dag => dag.Sensor(Ready).Poll(Minute, timeout: Minute), "'ready'", "timeout of 00:01:00 must be longer than the 00:01:00 between two polls");
        Refused(dag => dag.Sensor(Ready).Poll(Minute, factor: 0.5), "'ready'", "the factor of Poll must be 1 or more");
        Refused(dag => dag.Sensor(Ready).Poll(Minute, factor: 2, cap: TimeSpan.FromSeconds(1)), "'ready'", "the cap of Poll");
        Refused(dag => dag.Sensor(Ready).Poll(TimeSpan.FromSeconds(5)), "'ready'", "120,960 polls; the limit is 30,000");
        Refused(dag => dag.Task("a", One).Poll(Minute), "'a'", "Poll is for sensors");
        Refused(dag => dag.Delay("a", Minute).Retry(2, Minute), "'a' waits and runs no body");
        Refused(dag => dag.Delay("a", Minute).Pool("p"), "'a' waits and runs no body");
        Refused(dag => dag.Delay("a", Minute).DependsOnPast(), "'a' waits and runs no body");
        Refused(dag => dag.WaitFor("orders", timeout: TimeSpan.Zero), "'wait_for_orders'", "a timeout must be longer than zero");
        Refused(dag => dag.WaitFor("orders", softFail: true), "'wait_for_orders'", "give a timeout");
        Refused(dag => dag.WaitFor("orders", runs: RunsOf.Interval, offset: Minute), "'wait_for_orders'", "an offset is for RunsOf.SameTick");
        Refused(dag => dag.WaitFor("two words"), "the DAG name 'two words'");
        Refused(dag => dag.Run<NoDag>(), "The class NoDag has no [Dag] attribute");
    }

    [Fact]
    public void A_run_that_is_waited_for_closes_with_its_parent_unless_said_and_one_that_is_not_goes_on()
    {
        WaitSpec Wait(Func<DagBuilder, TaskNode<long>> run) => Of(dag => run(dag)).Task("run_child").Wait!;
        Assert.Equal(ParentClosePolicy.Cancel, Wait(dag => dag.Run("child")).ParentClose);
        Assert.Equal(ParentClosePolicy.Abandon, Wait(dag => dag.Run("child", wait: false)).ParentClose);
        Assert.Equal(ParentClosePolicy.Abandon, Wait(dag => dag.Run("child").OnParentClose(ParentClosePolicy.Abandon)).ParentClose);
        Assert.Equal(TimeSpan.FromHours(6), Wait(dag => dag.Run("child").Timeout(TimeSpan.FromHours(6))).Timeout);
        Assert.Equal("total", Of(dag => dag.Run<int>("child", result: "total")).Task("run_child").Wait!.Result);
        Refused(dag => dag.Delay("a", Minute).OnParentClose(ParentClosePolicy.Cancel), "'a'", "OnParentClose is for tasks that start a run of another DAG");
        Refused(dag => dag.Run("child", wait: false).Timeout(Minute), "'run_child'", "waits and runs no body");
        Refused(dag => dag.Run<int>("child", result: "no name"), "'run_child'", "the task name 'no name'");
    }

    [Fact]
    public void A_DAG_that_waits_for_itself_is_refused_when_it_is_loaded()
    {
        string? Broken(Action<DagBuilder> define) => SpecRules.BrokenBy(Of(define) with { MaxActiveRuns = 1 }, _ => null)?.What;
        Assert.StartsWith("Task 'wait_for_test' waits for the very run that it is in", Broken(dag => dag.WaitFor("test")), StringComparison.Ordinal);
        Assert.NotNull(Broken(dag => dag.WaitFor("test", runs: RunsOf.Interval)));
        Assert.NotNull(Broken(dag => dag.Run("test")));
        Assert.Null(Broken(dag => dag.WaitFor("test", offset: TimeSpan.FromDays(-1))));
        Assert.Null(Broken(dag => dag.Run("test", wait: false)));
    }

    [Theory]
    [InlineData("2026-03-02T00:00Z", 18, 0, "2026-03-02T16:00Z")]     // 02:00 in Kyiv: the same day
    [InlineData("2026-03-02T17:00Z", 18, 0, "2026-03-03T16:00Z")]     // 19:00 in Kyiv: the next
    [InlineData("2026-03-02T16:00Z", 18, 0, "2026-03-02T16:00Z")]     // just then
    [InlineData("2026-03-02T00:00Z", 18, 2, "2026-03-04T16:00Z")]
    [InlineData("2026-03-28T22:00Z", 3, 0, "2026-03-29T01:00Z")]      // 03:00 does not exist that day: when the clocks change
    [InlineData("2026-10-24T22:00Z", 3, 0, "2026-10-25T00:00Z")]      // 03:00 exists twice: the first
    public void A_time_of_day_is_the_first_at_or_after_the_tick_in_the_zone(string tick, int hour, int days, string due)
    {
        var wait = new WaitSpec { Kind = WaitKind.Moment, Time = new TimeOnly(hour, 0), Offset = TimeSpan.FromDays(days), TimeZone = "Europe/Kyiv" };
        Assert.Equal(DateTimeOffset.Parse(due, System.Globalization.CultureInfo.InvariantCulture), WaitPlan.Due(wait, DateTimeOffset.Parse(tick, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_plan_that_cannot_be_made_fails_its_task_with_the_reason()
    {
        BegunWait Plan(WaitSpec wait) => WaitPlan.Of(new ReadyWait(new(1, 0, -1), wait, default, default, null));
        Assert.Contains("the time zone 'Mars/Base' is not known", Plan(new WaitSpec { Kind = WaitKind.Moment, Time = default(TimeOnly), TimeZone = "Mars/Base" }).Error, StringComparison.Ordinal);
        foreach (var kind in new[] { WaitKind.Delay, WaitKind.Moment })
            Assert.Contains("after the year 9999", Plan(new WaitSpec { Kind = kind, Offset = TimeSpan.MaxValue }).Error, StringComparison.Ordinal);
        Assert.Contains("after the year 9999", Plan(new WaitSpec { Kind = WaitKind.Moment, Time = default(TimeOnly), Offset = TimeSpan.MaxValue }).Error, StringComparison.Ordinal);
        Assert.Contains("the run has no data interval", Plan(new WaitSpec { Kind = WaitKind.Dag, Dag = "d", Runs = RunsOf.Interval }).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Polls_grow_by_their_factor_to_the_cap_and_the_last_one_is_at_the_timeout()
    {
        var poll = new PollPolicy { Every = Minute, Factor = 3, Cap = TimeSpan.FromMinutes(20), Timeout = TimeSpan.FromMinutes(100) };
        var waits = new List<double>();
        var since = TimeSpan.Zero;
        while (PollDecision.Next(poll, since, random: 0.5) is { } wait)
        {
            waits.Add(wait.TotalMinutes);
            since += wait;
        }

        Assert.Equal([1, 3, 9, 20, 20, 20, 20, 7], waits);
        Assert.Equal(TimeSpan.FromSeconds(66), PollDecision.Next(new PollPolicy(), default, random: 1));
        Assert.Equal(TimeSpan.FromHours(2), PollDecision.Next(new PollPolicy { Every = TimeSpan.FromHours(2) }, default, random: 0.5));
    }

    private static bool Ready() => true;

    private sealed class NoDag : Dag
    {
        public override void Define(DagBuilder dag)
        {
        }
    }
}
