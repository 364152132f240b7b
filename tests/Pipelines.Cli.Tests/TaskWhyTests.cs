using Pipelines.Cli.Commands;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Tests;

public sealed class TaskWhyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly DagSpec Spec = new()
    {
        Id = "d", Type = "D", MaxActiveRuns = 1,
        Tasks =
        [
            new TaskSpec { Id = "up" },
            new TaskSpec { Id = "down", Upstreams = [new EdgeSpec("up")], Pool = "p", Queue = "gpu" },
            new TaskSpec { Id = "each", Over = "up", MaxParallel = 2, Upstreams = [new EdgeSpec("up")] },
            new TaskSpec { Id = "after", Over = "up", Upstreams = [new EdgeSpec("up"), new EdgeSpec("each", null, EdgeKind.Index)] },
            new TaskSpec { Id = "page", Role = TaskRole.OnFailure },
        ],
    };

    [Fact]
    public void A_full_pool_names_who_holds_it_and_busy_workers_are_counted()
    {
        var facts = Facts(Row(1, "down", 'q')) with
        {
            Pool = new PoolRow("p", 2, 2, 1), Holders = [new(7, "load", -1), new(8, "each", 3)],
            Workers = [new WorkerRow(1, "w", ["gpu"], 4, 4, 0, Now, Now, true), new WorkerRow(2, "gone", ["gpu"], 4, 0, 0, Now, Now, false)],
        };
        Assert.Equal(
            ["it has been ready since 2026-01-01 11:59:00Z", "the pool 'p' is full: 2 of 2 slots taken by load of run 7, each[3] of run 8", "all 4 slots of 1 worker of the queue 'gpu' are busy"],
            TaskWhy.Explain(facts));
    }

    [Fact]
    public void What_is_ready_says_who_takes_turns_with_it_and_what_asks_says_where_to_look()
    {
        var facts = Facts(Row(1, "down", 'q')) with { Workers = [new WorkerRow(1, "w", ["gpu"], 4, 4, 0, Now, Now, true)], Turn = new TurnRow("customer=acme", 9800, 2, 5) };
        Assert.Equal(
            ["all 4 slots of 1 worker of the queue 'gpu' are busy", "customer=acme takes turns with 2 other keys and has 9,800 ready: 5 start before this one"],
            TaskWhy.Explain(facts).Skip(1));
        Assert.Equal("it asks people and holds no slot: pipelines approvals show 9 down", Assert.Single(TaskWhy.Explain(Facts(Row(1, "down", 'a')))));
        Assert.Equal("it asks people and holds no slot: pipelines approvals show 9 each --map 3", Assert.Single(TaskWhy.Explain(Facts(Row(2, "each", 'a', 3)))));
    }

    [Fact]
    public void A_retry_says_when_it_is_due_and_what_went_wrong()
    {
        var facts = Facts(Row(1, "down", 'y') with { Attempt = 2, RetryAt = Now.AddSeconds(90) }) with
        {
            Events = [new EventRow(Now.AddMinutes(-1), "down", -1, 2, 'r', 'y', "w", null, """{"message":"no route"}""")],
        };
        Assert.Equal(["attempt 3 is due 2026-01-01 12:01:30Z, in 1 min 30 s", "attempt 2: retry wait at 2026-01-01 11:59:00Z by w: no route"], TaskWhy.Explain(facts));
    }

    [Fact]
    public void What_did_not_run_because_of_others_names_them()
    {
        var facts = Facts(Row(1, "down", 'u'), Row(0, "up", 'f')) with
        {
            Events = [new EventRow(Now, "down", -1, 0, 'n', 'u', null, "1 upstream failed", null)],
        };
        Assert.Equal(["upstream failed at 2026-01-01 12:00:00Z: 1 upstream failed", "its upstream 'up' is failed"], TaskWhy.Explain(facts));
    }

    [Fact]
    public void A_mapped_task_is_its_elements()
    {
        InstanceRow[] elements = [Row(2, "each", 's', 0), Row(2, "each", 'r', 1), Row(2, "each", 'r', 2), Row(2, "each", 'n', 3)];
        Assert.Equal(["its 4 elements: 2 running, 1 succeeded, 1 scheduled"], TaskWhy.Explain(Facts(Row(2, "each", 'r'), elements)));
        Assert.Contains("at most 2 elements of 'each' run at once", Assert.Single(TaskWhy.Explain(Facts(elements[3]))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_queued_run_says_what_holds_it()
    {
        var facts = Facts(null) with
        {
            ActiveRuns = [4, 5], MaxActiveRuns = 2,
            Backfill = new BackfillRow(3, "d", default, default, "all", false, 2, 'p', 9, 0, 0, 0, 0, 0, "me", Now, null),
        };
        facts = facts with { Run = facts.Run with { Run = facts.Run.Run with { State = 'q' } } };
        Assert.Equal(
            ["backfill 3 is paused: `pipelines backfill resume 3`", "2 of at most 2 runs of backfill 3 are active: 4, 5"], TaskWhy.Explain(facts).Skip(1));
        Assert.Contains("check that a scheduler runs", TaskWhy.Explain(facts with { Backfill = null, ActiveRuns = [] })[1], StringComparison.Ordinal);
        var inLine = facts with { Backfill = null, Run = facts.Run with { Entity = new RunEntity("ann", true, null, null) } };
        Assert.Equal(["it waits until the open run of the key ann has ended", "2 of at most 2 runs of the DAG are active: 4, 5"], TaskWhy.Explain(inLine).Skip(1));
    }

    [Fact]
    public void An_element_of_a_group_waits_for_its_own_line_and_a_callback_for_the_run()
    {
        Assert.Equal(
            ["it waits for 'each[1]', which is running"], TaskWhy.Explain(Facts(Row(3, "after", 'n', 1), Row(2, "each", 'r', 0), Row(2, "each", 'r', 1))));
        Assert.Equal(["it runs when the run has ended its work and failed"], TaskWhy.Explain(Facts(Row(4, "page", 'n'))));
    }

    [Fact]
    public void What_depends_on_the_past_says_which_run_holds_it_and_what_to_do()
    {
        var facts = Facts(Row(1, "down", 'w')) with { Past = new PastRow(8, Now.AddDays(-1), 'f', 'f') };
        Assert.Equal(
            [
                "it depends on the past: it waits until the same task of run 8, scheduled for 2025-12-31 12:00:00Z, has succeeded or was skipped",
                "there it is failed: mend the cause and run it again with `pipelines tasks clear 8 down`",
            ],
            TaskWhy.Explain(facts));
        Assert.Equal("that run is queued", TaskWhy.Explain(facts with { Past = new PastRow(8, Now, 'q', null) })[1]);
    }

    [Fact]
    public void A_sensor_says_how_often_it_polled_and_when_it_gives_up()
    {
        var sensor = Row(1, "down", 'w') with { Polls = 12, FirstStartedAt = Now.AddMinutes(-12), StartedAt = Now.AddSeconds(-20), RetryAt = Now.AddSeconds(40) };
        var facts = Facts(sensor) with { Task = new TaskSpec { Id = "down", Poll = new PollPolicy { Timeout = TimeSpan.FromHours(6), SoftFail = true } } };
        Assert.Equal(
            [
                "it is a sensor and found nothing yet: it polls every 1 min 0 s, and holds no slot in between",
                "12 polls so far, the last one at 2026-01-01 11:59:40Z; the next one is due 2026-01-01 12:00:40Z, in 40.0 s",
                "it gives up at 2026-01-01 17:48:00Z, in 5 h 48 min, and is skipped then",
            ],
            TaskWhy.Explain(facts));
    }

    [Fact]
    public void A_wait_names_the_runs_that_it_waits_for()
    {
        WhyFacts With(WaitSpec wait, WaitRow? row) =>
            Facts(Row(1, "down", 'w') with { RetryAt = Now.AddHours(2) }) with { Task = new TaskSpec { Id = "down", Wait = wait }, Wait = row };
        var orders = new WaitSpec { Kind = WaitKind.Dag, Dag = "orders" };
        var row = new WaitRow("orders", null, Now, null, Now.AddHours(2), true, [(7, Now, 'r')]);
        Assert.Equal(
            ["it waits for orders in run 7, scheduled for 2026-01-01 12:00:00Z, which is running", "it gives up at 2026-01-01 14:00:00Z, in 2 h, and is failed then"],
            TaskWhy.Explain(With(orders, row)));
        Assert.Equal(
            "it waits for orders in run 7, scheduled for 2026-01-01 12:00:00Z, which is failed: mend the cause and run it again with `pipelines tasks clear 7 TASK`",
            TaskWhy.Explain(With(orders, row with { Runs = [(7, Now, 'f')] }))[0]);
        Assert.Equal(
            "it waits for orders in the run scheduled for 2026-01-01 12:00:00Z; there is no such run yet. See `pipelines runs list --dag orders`", TaskWhy.Explain(With(orders, row with { Runs = [] }))[0]);
        Assert.Equal(
            [
                "it waits for task 'load' of orders in the runs that cover 2026-01-01 12:00:00Z to 2026-01-02 12:00:00Z: 1 of the 3 that are there have succeeded",
                "run 8, scheduled for 2026-01-01 14:00:00Z, is there running", "run 9, scheduled for 2026-01-01 15:00:00Z, is there queued",
            ],
            TaskWhy.Explain(With(orders, new WaitRow("orders", "load", Now, Now.AddDays(1), null, true, [(7, Now.AddHours(1), 's'), (8, Now.AddHours(2), 'r'), (9, Now.AddHours(3), 'q')]))));
        const string Hidden = "it waits for a run of a DAG that this account does not see";
        Assert.Equal(Hidden, TaskWhy.Explain(With(orders, row with { Runs = [], Hidden = true }))[0]);
        Assert.Equal(Hidden, TaskWhy.Explain(With(new WaitSpec { Kind = WaitKind.Run, Dag = "orders" }, row with { From = null, Runs = [], Hidden = true }))[0]);
        Assert.Contains("there is no DAG of that id", TaskWhy.Explain(With(orders, row with { Known = false }))[0], StringComparison.Ordinal);
        Assert.Equal(
            ["it waits for the end of run 7 of orders, which it has started and which is running", "it gives up at 2026-01-01 14:00:00Z, in 2 h, and is failed then"],
            TaskWhy.Explain(With(new WaitSpec { Kind = WaitKind.Run, Dag = "orders" }, row with { From = null })));
        Assert.Contains(
            "the DAG is paused, so that run begins after `pipelines dags resume orders`",
            TaskWhy.Explain(With(new WaitSpec { Kind = WaitKind.Run, Dag = "orders" }, row with { From = null, Runs = [(7, Now, 'q')], Paused = true })));
        Assert.Equal(["it waits for a time: 2026-01-01 14:00:00Z, in 2 h"], TaskWhy.Explain(With(new WaitSpec { Kind = WaitKind.Delay }, null)));
    }

    private static WhyFacts Facts(InstanceRow? instance, params InstanceRow[] others)
    {
        var run = new RunSummary(9, "d", 'm', 'r', false, Now, null, null, "me", Now, Now, null, 0);
        var all = instance is null ? others : [instance, .. others];
        return new WhyFacts(
            new RunDetail(run, Spec, 1, null, all), Spec.Tasks.FirstOrDefault(task => task.Id == instance?.TaskId), instance, false, null, [], 16, null, [], [], [], Now);
    }

    private static InstanceRow Row(int task, string id, char state, int map = -1) => new(
        new InstanceKey(9, task, map), id, state, 0, 0, 0, 0, 0, 0, 0, null, null, Now.AddMinutes(-1), null, null, null, null);
}
