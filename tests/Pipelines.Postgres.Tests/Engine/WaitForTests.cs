using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>A task that waits for runs of another DAG: nothing polls, the end of the other run ends the wait.</summary>
[SupportedOSPlatform("linux")]
public sealed class WaitForTests(World world) : EngineTest(world)
{
    private static readonly DateTime Day = Planned.Day(10).ToDateTimeUtc();
    private static readonly WaitSpec Orders = new() { Kind = WaitKind.Dag, Dag = "orders" };

    [Theory]
    [InlineData('s', 's')]
    [InlineData('f', 'w')]
    public async Task It_waits_for_the_run_of_the_same_tick_and_for_a_failed_one_until_it_is_mended(char ending, char state)
    {
        await OthersAsync("load; check < load");
        var before = await RunAsync("orders", Day.AddDays(-1), 24);
        var mine = await RunAsync("mine", Day, 24);
        await World.WaitsAsync();
        var hand = await World.WorkerAsync();
        await EndAsync(hand, before);
        Assert.Equal("r:wn", await World.StateAsync(mine));
        var same = await RunAsync("orders", Day, 24);
        await EndAsync(hand, same, ending);
        Assert.Equal($"r:{state}{(state == 's' ? 'q' : 'n')}", await World.StateAsync(mine));
        if (state == 's')
            return;
        await World.ExecuteAsync("select clear_tasks($1, '{0,1}', '{-1,-1}', 'ann', null)", same);
        await EndAsync(hand, same);
        Assert.Equal("r:sq", await World.StateAsync(mine));
        Assert.Equal($"run {same} of orders succeeded", await World.WhyAsync(World.Key(mine, "w")));
    }

    [Fact]
    public async Task What_has_ended_before_the_wait_began_is_not_waited_for_and_a_run_that_is_run_again_is()
    {
        await OthersAsync("load");
        var hand = await World.WorkerAsync();
        var orders = await RunAsync("orders", Day, 24);
        await EndAsync(hand, orders);
        var mine = await RunAsync("mine", Day, 24);
        await World.WaitsAsync();
        Assert.Equal("r:sq", await World.StateAsync(mine));
        await World.ExecuteAsync("select rerun_run($1, null, 0::smallint, 'ann', 'again')", orders);
        await World.ExecuteAsync("select clear_tasks($1, '{0}', '{-1}', 'ann', null)", mine);
        await World.BeginWaitsAsync();
        Assert.Equal(0, await World.Scheduler.OpenWaitsAsync(10, all: false, default));
        Assert.Equal("r:wq", await World.StateAsync(mine));
    }

    [Fact]
    public async Task A_daily_run_waits_for_the_24_of_its_interval_in_whatever_order_they_end()
    {
        await OthersAsync("load", Orders with { Runs = RunsOf.Interval });
        var mine = await RunAsync("mine", Day, 24);
        await World.WaitsAsync();
        var hand = await World.WorkerAsync();
        for (var hour = -1; hour <= 24; hour++)
        {
            var end = Day.AddHours(-24 + (hour * 7 % 24 + 24) % 24 + 1 + (hour < 0 ? -24 : hour == 24 ? 24 : 0));
            Assert.Equal(hour == 24 ? "r:sq" : "r:wn", await World.StateAsync(mine));
            await EndAsync(hand, await RunAsync("orders", end, 1));
        }
    }

    [Fact]
    public async Task An_hourly_run_waits_for_the_day_that_covers_it()
    {
        await OthersAsync("load", Orders with { Runs = RunsOf.Interval });
        var mine = await RunAsync("mine", Day.AddHours(-5), 1);
        var next = await RunAsync("mine", Day.AddHours(1), 1);
        await World.WaitsAsync();
        var hand = await World.WorkerAsync();
        await EndAsync(hand, await RunAsync("orders", Day, 24));
        Assert.Equal(("r:sq", "r:wn"), (await World.StateAsync(mine), await World.StateAsync(next)));
    }

    [Theory]
    [InlineData('s', "r:sq")]
    [InlineData('k', "r:sq")]
    [InlineData('f', "f:fu")]
    public async Task A_task_of_the_other_run_counts_as_soon_as_it_has_ended(char ending, string state)
    {
        await OthersAsync("load; check < load", Orders with { Task = "load", FailIfFailed = true });
        var mine = await RunAsync("mine", Day, 24);
        var orders = await RunAsync("orders", Day, 24);
        await World.WaitsAsync();
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(orders, "load", ending);
        await World.WaitsAsync();
        Assert.Equal(state, await World.StateAsync(mine));
    }

    [Theory]
    [InlineData(false, "f:fu", "gave up: orders has not come to what it waits for in time")]
    [InlineData(true, "s:kk", "gave up: orders has not come to what it waits for in time")]
    public async Task It_gives_up_after_its_timeout(bool soft, string state, string why)
    {
        await OthersAsync("load", Orders with { Timeout = TimeSpan.FromHours(2), SoftFail = soft });
        var mine = await RunAsync("mine", Day, 24);
        await World.WaitsAsync();
        Assert.Equal(0, await World.PassAsync(TimeSpan.FromMinutes(119)));
        Assert.Equal(1, await World.PassAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(state, await World.StateAsync(mine));
        Assert.Equal(why, await World.WhyAsync(World.Key(mine, "w")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_DAG_that_is_not_there_has_ten_minutes_to_be_loaded(bool loaded)
    {
        await World.DagAsync(Graph.Parse("mine", "w; b < w").Waiting("w", Orders));
        var mine = await RunAsync("mine", Day, 24);
        await World.WaitsAsync();
        if (loaded)
            await World.DagAsync("orders", "load");
        Assert.Equal(loaded ? 0 : 1, await World.PassAsync(TimeSpan.FromMinutes(10)));
        Assert.Equal(loaded ? "r:wn" : "f:fu", await World.StateAsync(mine));
        if (!loaded)
            Assert.StartsWith("there is no DAG orders", await World.WhyAsync(World.Key(mine, "w")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_in_the_queue_is_told_too_and_a_lost_note_is_found_by_the_sweep()
    {
        await OthersAsync("load", Orders with { FailIfFailed = true });
        var mine = await RunAsync("mine", Day, 24);
        var orders = await MakeAsync("orders", Day, 24);
        await World.WaitsAsync();
        await World.Operations.CancelRunAsync(orders, "ann", default);
        Assert.Equal(1, await World.ExecuteAsync("delete from run_end"));
        Assert.Equal(0, await World.Scheduler.OpenWaitsAsync(10, all: false, default));
        Assert.Equal(1, await World.Scheduler.OpenWaitsAsync(10, all: true, default));
        Assert.Equal("f:fu", await World.StateAsync(mine));
    }

    [Fact]
    public async Task Stopping_and_clearing_take_the_wait_back()
    {
        await OthersAsync("load", Orders with { Timeout = TimeSpan.FromHours(1) });
        var mine = await RunAsync("mine", Day, 24);
        var other = await RunAsync("mine", Day.AddDays(1), 24);
        await World.WaitsAsync();
        await World.ExecuteAsync("select clear_tasks($1, '{0}', '{-1}', 'ann', null)", other);
        Assert.Equal("r:qn", await World.StateAsync(other));
        await World.Operations.CancelRunAsync(mine, "ann", default);
        Assert.Equal("c:cc", await World.StateAsync(mine));
        Assert.Equal((0L, 0L), (await World.OneAsync<long>("select count(*) from wait"), await World.OneAsync<long>("select count(*) from timer")));
    }

    private async Task OthersAsync(string orders, WaitSpec? wait = null)
    {
        await World.DagAsync("orders", orders);
        await World.DagAsync(Graph.Parse("mine", "w; b < w").Waiting("w", wait ?? Orders));
    }

    private async Task<long> MakeAsync(string dag, DateTime end, int hours)
    {
        var runs = await World.OneAsync<long[]>(
            "select make_runs(d.dag_no, d.version_id, 's', array[$2], array[$3], array[$2], null, null, 0::smallint, 'test', null) from dag d where dag_id = $1", dag, end, end.AddHours(-hours));
        World.Knows(runs[0], dag);
        return runs[0];
    }

    private async Task<long> RunAsync(string dag, DateTime end, int hours)
    {
        var run = await MakeAsync(dag, end, hours);
        await World.Scheduler.StartRunsAsync(100, default);
        return run;
    }

    /// <summary>Ends a run of orders, its last task like this, and lets the scheduler look.</summary>
    private async Task EndAsync(Hand hand, long run, char ending = 's')
    {
        while ((await World.StateAsync(run))[0] == 'r')
        {
            await hand.TakeAsync();
            foreach (var key in hand.Held.Keys.Where(key => key.RunId == run).ToList())
                await hand.EndAsync(key, ending);
        }

        await World.WaitsAsync();
    }
}
