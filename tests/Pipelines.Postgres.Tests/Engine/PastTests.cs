using System.Runtime.Versioning;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>A task that depends on the past waits, without a slot, for the same task of the run before.</summary>
[SupportedOSPlatform("linux")]
public sealed class PastTests(World world) : EngineTest(world)
{
    [Theory]
    [InlineData('s', 'q')]
    [InlineData('k', 'q')]
    [InlineData('f', 'w')]
    public async Task It_waits_for_the_run_before_to_succeed_or_skip(char ending, char state)
    {
        var runs = await StartAsync("a%; b < a", 1, 2);
        Assert.Equal(["r:wn", "r:wn"], await StatesAsync(runs));
        Assert.Equal(1, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal(["r:qn", "r:wn"], await StatesAsync(runs));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        Assert.Equal(0, await World.Scheduler.OpenGatesAsync(10, default));
        await hand.EndAsync(runs[0], "a", ending);
        Assert.Equal(state == 'q' ? 1 : 0, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal($"r:{state}n", (await StatesAsync(runs))[1]);
    }

    [Fact]
    public async Task It_is_the_run_before_by_schedule_and_not_by_age()
    {
        var runs = await StartAsync("up; a% < up", 3, 1, 2);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        foreach (var run in runs)
            await hand.EndAsync(run, "up");
        Assert.Equal(1, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal(["r:sw", "r:sq", "r:sw"], await StatesAsync(runs));
        foreach (var run in new[] { runs[1], runs[2], runs[0] })
        {
            await hand.TakeAsync();
            await hand.EndAsync(run, "a");
            await World.Scheduler.OpenGatesAsync(10, default);
        }

        Assert.Equal(["s:ss", "s:ss", "s:ss"], await StatesAsync(runs));
    }

    [Fact]
    public async Task It_waits_for_what_follows_there_directly_and_for_no_callback()
    {
        var runs = await StartAsync("a%%; b < a; c < b; e:OnFailure < a", 1, 2);
        var hand = await World.WorkerAsync();
        await World.Scheduler.OpenGatesAsync(10, default);
        await hand.TakeAsync();
        await hand.EndAsync(runs[0], "a", want: 9);
        Assert.Equal(0, await World.Scheduler.OpenGatesAsync(10, default));
        await hand.EndAsync(runs[0], "b", want: 9);
        Assert.Equal(["r:ssrk", "r:wnnn"], await StatesAsync(runs));
        Assert.Equal(1, await World.Scheduler.OpenGatesAsync(10, default));
    }

    [Fact]
    public async Task Latest_only_skips_in_scheduled_runs_before_the_newest_and_in_backfills()
    {
        var runs = await StartAsync("a!; b < a; c:AllDone < a", 1, 2);
        var manual = await World.RunAsync("d");
        Assert.Equal(3, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal(["r:kkq", "r:qnn", "r:qnn"], [.. await StatesAsync(runs), await World.StateAsync(manual)]);
        Assert.Equal("not the latest run", await World.WhyAsync(World.Key(runs[0], "a")));
        await World.ExecuteAsync("update dag_run set kind = 'b' where run_id = $1", runs[1]);
        await World.Operations.ClearTasksAsync(runs[1], [World.Key(runs[1], "a"), World.Key(runs[1], "b"), World.Key(runs[1], "c")], "ann", default);
        Assert.Equal(1, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal("r:kkq", await World.StateAsync(runs[1]));
    }

    [Fact]
    public async Task A_tick_that_is_due_makes_the_run_before_it_an_old_one()
    {
        var runs = await StartAsync("a!", 1);
        await World.ExecuteAsync("update dag set next_due = clock_timestamp()");
        Assert.Equal(1, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal("s:k", await World.StateAsync(runs[0]));
    }

    [Fact]
    public async Task A_run_by_hand_and_a_task_that_is_new_wait_for_nothing()
    {
        var before = await StartAsync("b", 1);
        var after = await StartAsync("b; a%", 2);
        var manual = await World.RunAsync("d");
        Assert.Equal(2, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal(["r:q", "r:qq", "r:qq"], [.. await StatesAsync(before), .. await StatesAsync(after), await World.StateAsync(manual)]);
    }

    [Fact]
    public async Task Clearing_the_run_before_lets_it_go()
    {
        var runs = await StartAsync("a%", 1, 2);
        await World.Scheduler.OpenGatesAsync(10, default);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(runs[0], "a", 'f');
        Assert.Equal(["f:f", "r:w"], await StatesAsync(runs));
        await World.ExecuteAsync("select clear_tasks($1, '{0}', '{-1}', 'ann', null)", runs[0]);
        Assert.Equal(["r:w", "r:w"], await StatesAsync(runs));
        await World.Scheduler.OpenGatesAsync(10, default);
        await hand.TakeAsync();
        await hand.EndAsync(runs[0], "a");
        Assert.Equal(1, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal(["s:s", "r:q"], await StatesAsync(runs));
    }

    [Fact]
    public async Task It_waits_for_a_run_that_is_to_be_run_again_whatever_that_came_to_before()
    {
        var runs = await StartAsync("a%", 1, 2);
        await World.Scheduler.OpenGatesAsync(10, default);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(runs[0], "a");
        await World.ExecuteAsync("select rerun_run($1, null, 0::smallint, 'ann', 'again')", runs[0]);
        Assert.Equal(0, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal(["q:s", "r:w"], await StatesAsync(runs));
        await World.Scheduler.StartRunsAsync(10, default);
        Assert.Equal(1, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal(["r:q", "r:w"], await StatesAsync(runs));
    }

    [Fact]
    public async Task A_backfill_goes_oldest_first_or_not_at_all()
    {
        await World.DagAsync(Graph.Parse("d", "a%", cron: "@daily"));
        var day = new LocalDate(2025, 1, 1);
        var backfill = new NewBackfill("d", day, day.PlusDays(2), "missing", NewestFirst: true, 1, 3);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.CreateBackfillAsync(backfill, "ann", default));
        Assert.Contains("'a' of 'd' depends on the run before", refused.Message, StringComparison.Ordinal);
        await World.Operations.CreateBackfillAsync(backfill with { NewestFirst = false }, "ann", default);
    }

    [Fact]
    public async Task A_gate_that_somebody_deleted_is_put_back()
    {
        var runs = await StartAsync("a%", 1);
        await World.ExecuteAsync("delete from gate");
        Assert.Equal(1, await World.SweepAsync());
        Assert.Equal(1, await World.Scheduler.OpenGatesAsync(10, default));
        Assert.Equal("r:q", await World.StateAsync(runs[0]));
    }

    [Fact]
    public async Task Cancelling_ends_the_wait()
    {
        var runs = await StartAsync("a%", 1);
        Assert.Equal('c', await World.Operations.CancelRunAsync(runs[0], "ann", default));
        Assert.Equal(0, await World.Scheduler.OpenGatesAsync(10, default));
    }

    /// <summary>Started runs of a daily schedule, for these days, made in this order.</summary>
    private async Task<long[]> StartAsync(string graph, params int[] days)
    {
        var dag = await World.DagAsync("d", graph);
        var runs = new List<long>();
        foreach (var day in days)
        {
            var at = Planned.Day(day).ToDateTimeUtc();
            runs.AddRange(await World.OneAsync<long[]>("select make_runs($1, $2, 's', array[$3], array[$3], array[$3], null, null, 0::smallint, 'test', null)", dag.DagNo, dag.VersionId, at));
            World.Knows(runs[^1], "d");
        }

        await World.Scheduler.StartRunsAsync(100, default);
        return [.. runs];
    }

    private async Task<string[]> StatesAsync(params long[] runs)
    {
        var states = new List<string>();
        foreach (var run in runs)
            states.Add(await World.StateAsync(run));
        return [.. states];
    }
}
