using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Who gets what: pools, queues, priorities, the hand-over.</summary>
[SupportedOSPlatform("linux")]
public sealed class ClaimTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_pools_slots_are_never_exceeded_by_workers_and_queues_that_share_it()
    {
        await World.DagAsync("d", "a @slow ~left; b @slow ~right; c @slow ~left < a; e ~left");
        await World.Operations.SetPoolAsync("slow", 3, "test", default);
        var runs = await World.RunsAsync("d", 10);
        Hand[] hands = [await World.WorkerAsync("left", "right"), await World.WorkerAsync("right", "left"), await World.WorkerAsync("right")];
        var most = 0L;
        await Task.WhenAll(hands.Select((hand, seed) => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var round = 0; round < 60; round++)
            {
                await hand.AdvanceAsync(random.Next(6), [.. hand.Held.Values.Where(_ => random.Next(2) == 0).Select(a => Hand.Report(a, "sssyq"[random.Next(5)]))]);
                var used = await World.OneAsync<long>(
                    "select count(*) from task_instance t join lane l on l.lane_id = t.lane_id where l.pool_id is not null and t.state = 'r'");
                most = Math.Max(most, used);
                await World.Scheduler.FireTimersAsync(100, default);
            }
        })));
        Assert.Equal(3, most);
        while (await World.OneAsync<long>("select count(*) from dag_run where state = 'r'") > 0)
        {
            await World.Scheduler.FireTimersAsync(1000, default);
            foreach (var hand in hands)
                await hand.AdvanceAsync(50, [.. hand.Held.Values.Select(a => Hand.Report(a, 's'))]);
        }

        Assert.All(runs, run => Assert.True(run > 0));
    }

    [Fact]
    public async Task One_claim_from_two_queues_that_share_a_pool_takes_what_the_pool_has_free()
    {
        await World.DagAsync("d", "a @slow ~left; b @slow ~right; c @slow ~left; e @slow ~right; f ~left");
        await World.Operations.SetPoolAsync("slow", 2, "test", default);
        await World.RunAsync("d");
        var hand = await World.WorkerAsync("left", "right");
        Assert.Equal(3, (await hand.TakeAsync()).Count);
        Assert.Empty(await hand.TakeAsync());
    }

    [Fact]
    public async Task A_pool_without_slots_holds_its_tasks_until_it_gets_some()
    {
        await World.DagAsync("d", "a @slow; b");
        await World.Operations.SetPoolAsync("slow", 0, "test", default);
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        Assert.Equal(World.Key(run, "b"), Assert.Single(await hand.TakeAsync()).Key);
        await World.Operations.SetPoolAsync("slow", 1, "test", default);
        Assert.Equal(World.Key(run, "a"), Assert.Single(await hand.TakeAsync()).Key);
    }

    [Fact]
    public async Task A_pool_made_smaller_takes_nobodys_slot_and_gives_none_until_there_is_room()
    {
        await World.DagAsync("d", "a @slow; b @slow; c @slow");
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync(2);
        await World.Operations.SetPoolAsync("slow", 1, "test", default);
        Assert.Empty((await hand.AdvanceAsync(9)).Assignments);
        Assert.Empty((await hand.EndAsync(run, "a", want: 9)).Assignments);
        Assert.Single((await hand.EndAsync(run, "b", want: 9)).Assignments);
    }

    [Fact]
    public async Task A_worker_takes_from_its_queues_only()
    {
        var run = await World.RunOfAsync("a ~left; b ~right");
        Assert.Equal(World.Key(run, "b"), Assert.Single(await (await World.WorkerAsync("right")).TakeAsync()).Key);
        Assert.Empty(await (await World.WorkerAsync("other")).TakeAsync());
    }

    [Fact]
    public async Task A_successor_of_another_queue_is_not_handed_over()
    {
        var run = await World.RunOfAsync("a; b ~right < a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        Assert.Empty((await hand.EndAsync(run, "a", want: 5)).Assignments);
        Assert.Equal("r:sq", await World.StateAsync(run));
    }

    [Fact]
    public async Task Higher_priorities_go_first_and_then_the_older_run()
    {
        await World.DagAsync("d", "low ^-5; normal; high ^5; slow @slow ^3");
        var (older, newer) = (await World.RunAsync("d"), await World.RunAsync("d"));
        var hand = await World.WorkerAsync();
        var order = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            var a = Assert.Single(await hand.TakeAsync(1));
            order.Add($"{(a.Key.RunId == older ? "older" : "newer")} {a.Key.TaskNo}");
        }

        Assert.Equal(["older 2", "newer 2", "older 3", "newer 3", "older 1", "newer 1", "older 0", "newer 0"], order);
        Assert.True(older < newer);
    }

    [Fact]
    public async Task A_successor_is_not_handed_over_past_a_waiting_task_of_higher_priority()
    {
        await World.DagAsync("d", "a; b < a");
        await World.DagAsync("urgent", "u ^9");
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        var urgent = await World.RunAsync("urgent");
        Assert.Equal(World.Key(urgent, "u"), Assert.Single((await hand.EndAsync(run, "a", want: 1)).Assignments).Key);
        Assert.Equal("r:sq", await World.StateAsync(run));
    }

    [Fact]
    public async Task Of_several_successors_the_more_urgent_are_handed_over()
    {
        var run = await World.RunOfAsync("a; low < a; high ^5 < a; middle ^1 < a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        var reply = await hand.EndAsync(run, "a", want: 2);
        Assert.Equal([World.Key(run, "high"), World.Key(run, "middle")], reply.Assignments.Select(a => a.Key).OrderBy(key => key.TaskNo));
        Assert.Equal("r:sqrr", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_worker_never_gets_more_than_it_asked_for()
    {
        await World.DagAsync("d", "a; b < a; c < a; e < a");
        var runs = await World.RunsAsync("d", 3);
        var hand = await World.WorkerAsync();
        Assert.Equal(2, (await hand.TakeAsync(2)).Count);
        Assert.Equal(4, (await hand.EndAsync(runs[0], "a", want: 4)).Assignments.Count);
        Assert.Empty((await hand.EndAsync(runs[1], "a", want: 0)).Assignments);
    }

    [Fact]
    public async Task An_assignment_says_what_its_body_needs()
    {
        var dag = await World.DagAsync("d", "a", cron: "0 0 * * *");
        var run = await World.RunAsync("d");
        var a = Assert.Single(await (await World.WorkerAsync()).TakeAsync());
        Assert.Equal((dag.VersionId, 0, 1, 1), (a.VersionId, a.Epoch, a.Attempt, a.Tries));
        Assert.Equal(TimeSpan.FromDays(1), a.Interval!.Value.Length);
        Assert.Equal(a.FirstStartedAt, a.StartedAt);
        Assert.Null(a.Arguments);
        Assert.Equal(World.Key(run, "a"), a.Key);
    }
}
