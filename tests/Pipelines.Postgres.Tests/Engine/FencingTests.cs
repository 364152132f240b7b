using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class FencingTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_report_of_another_attempt_changes_nothing_and_is_told_as_fenced()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        var reply = await hand.AdvanceAsync(0, Hand.Report(a with { Attempt = 2 }, 's'));
        Assert.Equal(a.Key, Assert.Single(reply.Fenced));
        Assert.Equal("r:rn", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_report_of_another_workers_attempt_is_fenced()
    {
        var run = await World.RunOfAsync("a; b < a");
        var (mine, other) = (await World.WorkerAsync(), await World.WorkerAsync());
        var a = Assert.Single(await mine.TakeAsync());
        Assert.Equal(a.Key, Assert.Single((await other.AdvanceAsync(9, Hand.Report(a, 'f'))).Fenced));
        Assert.Equal("r:rn", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_report_sent_twice_counts_once()
    {
        var run = await World.RunOfAsync("a; b < a; c < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Empty((await hand.AdvanceAsync(0, Hand.Report(a, 's', "1"))).Fenced);
        Assert.Equal(a.Key, Assert.Single((await hand.AdvanceAsync(0, Hand.Report(a, 'f', "2"))).Fenced));
        Assert.Equal("r:sqq", await World.StateAsync(run));
        Assert.Equal("1", await World.OneAsync<string>("select output::text from task_instance where run_id = $1 and task_no = 0", run));
    }

    [Fact]
    public async Task Fenced_reports_do_not_stop_the_others_of_their_batch()
    {
        var run = await World.RunOfAsync("a; b; c < a");
        var hand = await World.WorkerAsync();
        var got = await hand.TakeAsync();
        var reply = await hand.AdvanceAsync(9, Hand.Report(got[0], 's'), Hand.Report(got[1] with { Attempt = 7 }, 's'), Hand.Report(got[0] with { Key = new(999, 0, -1) }, 's'));
        Assert.Equal([got[1].Key, new InstanceKey(999, 0, -1)], reply.Fenced.OrderBy(key => key.RunId));
        Assert.Equal("r:srr", await World.StateAsync(run));
    }

    [Fact]
    public async Task What_a_lost_worker_ran_goes_back_and_it_may_touch_nothing_again()
    {
        var run = await World.RunOfAsync("a @slow; b < a");
        var (lost, next) = (await World.WorkerAsync(), await World.WorkerAsync());
        var first = Assert.Single(await lost.TakeAsync());
        Assert.Equal(1, await lost.LoseAsync());
        Assert.Equal("r:qn", await World.StateAsync(run));
        Assert.Equal("lost with its worker", await World.WhyAsync(first.Key));
        await Assert.ThrowsAsync<LeaseLostException>(() => lost.AdvanceAsync(9, Hand.Report(first, 's')));
        await Assert.ThrowsAsync<LeaseLostException>(() => lost.AdvanceAsync(9));
        Assert.False((await World.Workers.HeartbeatAsync(lost.Id, TimeSpan.FromHours(1), 0, 0, [], default)).Alive);
        var second = Assert.Single(await next.TakeAsync());
        Assert.Equal((2, 1), (second.Attempt, second.Tries));
        Assert.Equal(first.FirstStartedAt, second.FirstStartedAt);
        await next.EndAsync(run, "a", want: 1);
        await next.EndAsync(run, "b");
        Assert.Equal("s:ss", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_worker_within_its_lease_is_left_alone_and_reclaiming_twice_takes_once()
    {
        await World.RunOfAsync("a; b");
        var (alive, lost) = (await World.WorkerAsync(), await World.WorkerAsync());
        await alive.TakeAsync(1);
        await lost.TakeAsync(1);
        Assert.Equal(1, await lost.LoseAsync());
        Assert.Equal(0, await lost.LoseAsync());
        Assert.Single(alive.Held);
        Assert.Empty((await alive.AdvanceAsync(0, [.. alive.Held.Values.Select(a => Hand.Report(a, 's'))])).Fenced);
    }

    [Fact]
    public async Task Two_schedulers_that_reclaim_at_once_take_each_attempt_once()
    {
        await World.DagAsync("d", "a");
        await World.RunsAsync("d", 40);
        var lost = new List<Hand>();
        for (var i = 0; i < 4; i++)
        {
            lost.Add(await World.WorkerAsync());
            await lost[^1].TakeAsync(10);
        }

        await World.ExecuteAsync("update worker set lease_until = clock_timestamp() - interval '1 second'");
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => World.Scheduler.ReclaimAsync(default))));
        Assert.Equal(40, taken.Sum());
        Assert.Equal([1], await World.ListAsync<short>("select distinct lost from task_instance"));
    }

    [Fact]
    public async Task The_fifth_loss_fails_the_task_and_no_retry_was_spent()
    {
        var run = await World.RunOfAsync("a; b < a");
        for (var loss = 1; loss <= 5; loss++)
        {
            var hand = await World.WorkerAsync();
            var a = Assert.Single(await hand.TakeAsync());
            Assert.Equal((loss, 1), (a.Attempt, a.Tries));
            Assert.Equal(1, await hand.LoseAsync());
        }

        Assert.Equal("f:fu", await World.StateAsync(run));
        Assert.Equal("lost with its worker for the 5th time; the limit is 5", await World.WhyAsync(World.Key(run, "a")));
    }

    [Fact]
    public async Task A_process_that_goes_on_was_not_killed_by_what_it_ran()
    {
        var run = await World.RunOfAsync("a");
        var (last, losses) = ((int?)null, 0);
        for (; losses < 6; losses++)
            last = await LoseAsync(last);
        Assert.Equal("r:q", await World.StateAsync(run));
        for (; losses < 11 && await World.StateAsync(run) == "r:q"; losses++)
            await LoseAsync(losses == 6 ? last : null);           // the first of these goes on from the last one above, and dies itself
        Assert.Equal(("f:f", 11), (await World.StateAsync(run), losses));
        Assert.Equal("lost with its worker for the 5th time; the limit is 5, not counting 6 after which the process went on", await World.WhyAsync(World.Key(run, "a")));
    }

    [Fact]
    public async Task A_body_that_keeps_its_process_from_renewing_is_stopped_after_all()
    {
        var run = await World.RunOfAsync("a");
        int? last = null;
        for (var loss = 1; loss <= 50; loss++)
            last = await LoseAsync(last);
        Assert.Equal("f:f", await World.StateAsync(run));
        Assert.Equal("lost with its worker for the 50th time; the limit is 50", await World.WhyAsync(World.Key(run, "a")));
    }

    [Fact]
    public async Task A_worker_that_says_goodbye_gives_back_what_it_runs()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await World.Workers.LeaveAsync(hand.Id, default);
        Assert.Equal("r:q", await World.StateAsync(run));
        Assert.False((await World.Workers.HeartbeatAsync(hand.Id, TimeSpan.FromHours(1), 0, 0, [], default)).Alive);
        Assert.Equal(0, await World.Scheduler.ReclaimAsync(default));
    }

    [Fact]
    public async Task A_heartbeat_after_the_lease_has_ended_does_not_renew_it()
    {
        var hand = await World.WorkerAsync();
        Assert.True((await World.Workers.HeartbeatAsync(hand.Id, TimeSpan.FromHours(1), 3, 1, [], default)).Alive);
        Assert.Equal([4], await World.ListAsync<int>("select busy + stuck from worker"));
        await World.ExecuteAsync("update worker set lease_until = clock_timestamp() - interval '1 ms'");
        Assert.False((await World.Workers.HeartbeatAsync(hand.Id, TimeSpan.FromHours(1), 0, 0, [], default)).Alive);
    }

    [Fact]
    public async Task What_a_worker_runs_by_the_stores_word_can_be_read_again()
    {
        var run = await World.RunOfAsync("a; b < a; c");
        var hand = await World.WorkerAsync();
        var got = await hand.TakeAsync();
        Assert.Equal(got.OrderBy(a => a.Key.TaskNo), (await World.Workers.LoadMineAsync(hand.Id, default)).Assignments.OrderBy(a => a.Key.TaskNo));
        await hand.EndAsync(run, "a", want: 1);
        Assert.Equal([1, 2], (await World.Workers.LoadMineAsync(hand.Id, default)).Assignments.Select(a => a.Key.TaskNo).Order());
    }

    /// <summary>A worker takes what is ready and loses its lease.</summary>
    /// <param name="continues">The number that its process had before.</param>
    private async Task<int> LoseAsync(int? continues)
    {
        var hand = new Hand(World, await World.Workers.RegisterAsync("test", ["default"], 100, TimeSpan.FromHours(1), continues, default), ["default"]);
        Assert.Single(await hand.TakeAsync());
        Assert.Equal(1, await hand.LoseAsync());
        return hand.Id;
    }
}
