using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Limits beside pools: how many run at once, how many start in a time, together and by a key; and how wide a task is in its pool.</summary>
[SupportedOSPlatform("linux")]
public sealed class LimitTests(World world) : EngineTest(world)
{
    private static LimitSpec AtOnce(string name, int atOnce) => new() { Name = name, AtOnce = atOnce };

    private static LimitSpec Rate(string name, int starts, double seconds, int burst) => new() { Name = name, Starts = starts, PerSeconds = seconds, Burst = burst };

    /// <summary>A DAG of this graph in which these tasks have these limits.</summary>
    private Task<RegisteredDag> DagAsync(string id, string graph, params (string Task, LimitSpec[] Limits)[] limits)
    {
        var spec = Graph.Parse(id, graph);
        return World.DagAsync(spec with
        {
            Tasks = [.. spec.Tasks.Select(task => limits.FirstOrDefault(limit => limit.Task == task.Id).Limits is { } own ? task with { Limits = own } : task)],
        });
    }

    private Task<int> AdmitAsync() => World.Scheduler.AdmitAsync(1000, default);

    private async Task<string> TakenAsync(Hand hand, int want = 100)
    {
        await AdmitAsync();
        return string.Join(' ', (await hand.TakeAsync(want)).Select(a => a.Key.MapIndex < 0 ? $"{a.Key.RunId}:{a.Key.TaskNo}" : $"{a.Key.RunId}:{a.Key.TaskNo}[{a.Key.MapIndex}]").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_worker_takes_what_is_not_admitted_and_the_oldest_goes_first()
    {
        await DagAsync("d", "a", ("a", [AtOnce("x", 2)]));
        await World.RunsAsync("d", 4);
        var hand = await World.WorkerAsync();
        Assert.Empty(await hand.TakeAsync());
        Assert.Equal("1:0 2:0", await TakenAsync(hand));
        Assert.Equal("", await TakenAsync(hand));
        await hand.EndAsync(2, "a");
        Assert.Equal("3:0", await TakenAsync(hand));
    }

    [Fact]
    public async Task Tasks_of_two_DAGs_that_name_a_limit_share_it()
    {
        await DagAsync("d", "a", ("a", [AtOnce("x", 1)]));
        await DagAsync("e", "b", ("b", [AtOnce("x", 1)]));
        var (one, two) = (await World.RunAsync("d"), await World.RunAsync("e"));
        var hand = await World.WorkerAsync();
        Assert.Equal($"{one}:0", await TakenAsync(hand));
        await hand.EndAsync(one, "a", 'f');
        Assert.Equal($"{two}:0", await TakenAsync(hand));
    }

    [Fact]
    public async Task Each_key_has_its_own_place_and_elements_are_counted_by_their_own()
    {
        await DagAsync("d", "l; m* < l", ("m", [AtOnce("customer", 1) with { KeyTask = "l[]", KeyProperty = "who" }]));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "l", output: """[{"who":"ann"},{"who":"ann"},{"who":"bob"},{"other":1},{"who":"ann"}]""");
        Assert.Equal("1:1[0] 1:1[2] 1:1[3]", await TakenAsync(hand));
        await hand.EndAsync(World.Key(run, "m", 0));
        Assert.Equal("1:1[1]", await TakenAsync(hand));
        Assert.Equal(["", "ann", "bob"], await World.ListAsync<string>("select key from limit_bucket order by key"));
    }

    [Fact]
    public async Task A_key_longer_than_an_index_can_hold_is_one_and_holds_up_nobody()
    {
        await DagAsync("d", "l; m* < l", ("m", [AtOnce("customer", 1) with { KeyTask = "l[]" }]));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        var signed = string.Concat(Enumerable.Range(0, 300).Select(_ => Guid.NewGuid().ToString("N")));
        await hand.EndAsync(run, "l", output: $"""["{signed}","{signed}","{signed}x","bob"]""");
        Assert.Equal("1:1[0] 1:1[2] 1:1[3]", await TakenAsync(hand));
    }

    [Fact]
    public async Task Keys_by_output_argument_and_run()
    {
        await DagAsync("d", "o; a < o; b < o; c < o",
            ("a", [AtOnce("out", 1) with { KeyTask = "o" }]), ("b", [AtOnce("arg", 1) with { KeyArgument = "who" }]), ("c", [AtOnce("run", 1) with { KeyRun = true }]));
        var runs = await World.RunsAsync("d", 2);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(runs[0], "o", output: "7");
        await hand.EndAsync(runs[1], "o", output: "\"7\"");
        Assert.Equal("1:1 1:2 1:3 2:3", await TakenAsync(hand));        // 7 and "7" are one key, and without arguments all are one
        Assert.Equal(["", "1", "2", "7"], await World.ListAsync<string>("select key from limit_bucket order by key"));
    }

    [Fact]
    public async Task An_exhausted_limit_delays_nobody_else()
    {
        await DagAsync("d", "a; b; c", ("a", [AtOnce("full", 1)]), ("b", [AtOnce("room", 1000)]));
        var runs = await World.RunsAsync("d", 300);
        var hand = await World.WorkerAsync();
        while (await World.Scheduler.AdmitAsync(50, default) == 50)
        {
        }

        Assert.Equal(601, (await hand.TakeAsync(1000)).Count);
        Assert.Equal(299L, await World.OneAsync<long>("select count(*) from limit_wait"));
        Assert.Equal(0, await AdmitAsync());                             // nothing is looked at until somebody is done
        await hand.EndAsync(runs[0], "a");
        Assert.Equal(1, await AdmitAsync());
    }

    [Fact]
    public async Task An_instance_with_two_limits_holds_neither_while_it_waits_for_one()
    {
        await DagAsync("d", "a; b; c", ("a", [AtOnce("x", 1)]), ("b", [AtOnce("x", 1), AtOnce("y", 1)]), ("c", [AtOnce("y", 1)]));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        Assert.Equal("1:0 1:2", await TakenAsync(hand));
        await hand.EndAsync(run, "a");
        Assert.Equal("", await TakenAsync(hand));
        await hand.EndAsync(run, "c");
        Assert.Equal("1:1", await TakenAsync(hand));
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("given back")]
    [InlineData("to be tried again")]
    [InlineData("cleared")]
    [InlineData("cancelled while it runs")]
    public async Task Whoever_ends_in_whatever_way_makes_room(string way)
    {
        await DagAsync("d", "a", ("a", [AtOnce("x", 1)]));
        var runs = await World.RunsAsync("d", 2);
        var (hand, other) = (await World.WorkerAsync(), await World.WorkerAsync());
        Assert.Equal("1:0", await TakenAsync(hand));
        var key = World.Key(runs[0], "a");
        _ = way switch
        {
            "lost" => await hand.LoseAsync(),
            "given back" => (await hand.EndAsync(key, 'q')).Fenced.Count,
            "to be tried again" => (await hand.AdvanceAsync(0, Hand.Report(hand.Held[key], 'y', delay: 3600))).Fenced.Count,
            "cleared" => await World.Operations.ClearTasksAsync(runs[0], [key], "test", default),
            _ => await World.Operations.CancelRunAsync(runs[0], "test", default) + (await hand.EndAsync(key, 'c')).Fenced.Count,
        };
        Assert.Equal(way is "lost" or "given back" or "cleared" ? "1:0" : "2:0", await TakenAsync(other));
    }

    [Fact]
    public async Task A_run_cancelled_in_the_line_or_admitted_leaves_nothing_behind()
    {
        await DagAsync("d", "a", ("a", [AtOnce("x", 1)]));
        var runs = await World.RunsAsync("d", 4);
        await AdmitAsync();
        Assert.Equal('c', await World.Operations.CancelRunAsync(runs[0], "test", default));   // admitted, not taken
        Assert.Equal('c', await World.Operations.CancelRunAsync(runs[1], "test", default));   // in the line
        var hand = await World.WorkerAsync();
        Assert.Equal("3:0", await TakenAsync(hand));
        await hand.EndAsync(runs[2], "a");
        Assert.Equal("4:0", await TakenAsync(hand));
        await hand.EndAsync(runs[3], "a");
        await AdmitAsync();
        Assert.Equal(0L, await World.OneAsync<long>("select (select count(*) from limit_hold) + (select count(*) from limit_wait)"));
    }

    [Fact]
    public async Task A_limit_is_as_large_as_the_version_loaded_last_says_and_its_line_moves_up()
    {
        await DagAsync("d", "a", ("a", [AtOnce("x", 1)]));
        await World.RunsAsync("d", 4);
        var hand = await World.WorkerAsync();
        Assert.Equal("1:0", await TakenAsync(hand));
        await DagAsync("d", "a", ("a", [AtOnce("x", 3)]));
        Assert.Equal("2:0 3:0", await TakenAsync(hand));
        await DagAsync("d", "a", ("a", [AtOnce("x", 1)]));
        Assert.Equal(["limit x: 1 at once", "limit x: 3 at once", "limit x: 1 at once"], await World.ListAsync<string>("select why from event where why like 'limit%' order by event_id"));
        foreach (var run in new[] { 1, 2, 3 })
            await hand.EndAsync(run, "a");
        Assert.Equal("4:0", await TakenAsync(hand));
    }

    [Fact]
    public async Task Never_more_at_once_than_a_limit_lets_whatever_workers_and_schedulers_do_and_nobody_is_forgotten()
    {
        await DagAsync("d", "a; b; m* < a; c < b",
            ("a", [AtOnce("x", 3)]), ("b", [AtOnce("x", 3), AtOnce("y", 2)]), ("m", [AtOnce("y", 2), AtOnce("key", 1) with { KeyTask = "a[]" }]), ("c", [AtOnce("run", 1) with { KeyRun = true }]));
        var runs = await World.RunsAsync("d", 12);
        Hand[] hands = [await World.WorkerAsync(), await World.WorkerAsync(), await World.WorkerAsync()];
        async Task WorkAsync(Hand hand, Random random, bool end)
        {
            await hand.AdvanceAsync(random.Next(8), [.. hand.Held.Values.Where(_ => end || random.Next(2) == 0).Select(a =>
                Hand.Report(a, end ? 's' : "ssssyqf"[random.Next(7)], a.Key.TaskNo == 0 ? "[1,2,1,3]" : null))]);
            await World.Scheduler.FireTimersAsync(100, default);
            await World.Scheduler.AdmitAsync(7, default);
        }

        await Task.WhenAll(hands.Select((hand, seed) => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var round = 0; round < 60; round++)
            {
                await WorkAsync(hand, random, end: false);
                if (round == 10 && await World.OneAsync<string>("select state::text from dag_run where run_id = $1", runs[(3 * seed) + 2]) == "r")
                    await World.ExecuteAsync("select stop_run($1, 'c', 'test', null)", runs[(3 * seed) + 2]);
                Assert.Empty(await World.ListAsync<string>(
                    """
                    select format('%s %s: %s', l.name, b.key, count(*)) from task_instance t join limit_hold h using (run_id, task_no, map_index) join limit_bucket b using (bucket_id) join task_limit l using (limit_no)
                    where t.state = 'r' and not h.done group by l.name, b.key, l.at_once having count(*) > l.at_once
                    """));
            }
        })));
        var left = new Random(1);
        for (var round = 0; await World.OneAsync<long>("select count(*) from dag_run where state = 'r'") > 0; round++)
        {
            Assert.True(round < 1000, "stuck");
            foreach (var hand in hands)
                await WorkAsync(hand, left, end: true);
        }
    }

    [Fact]
    public async Task What_is_given_back_while_the_done_are_counted_is_admitted_by_the_next_call()
    {
        await DagAsync("d", "a", ("a", [AtOnce("x", 5)]));
        var runs = await World.RunsAsync("d", 2);
        var hand = await World.WorkerAsync();
        await World.Scheduler.AdmitAsync(9, default);
        Assert.Equal(2, (await hand.TakeAsync()).Count);
        await hand.EndAsync(runs[0], "a");
        await using var holder = await World.Db.OpenAsync(default);
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var hold = World.Command(holder, "select from limit_hold where done for update"))
            await hold.ExecuteNonQueryAsync();
        var admitting = World.Scheduler.AdmitAsync(9, default);               // it has looked at what is done, and waits
        await Until.BlockedAsync(World, 1);
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(runs[1], "a"), 'q'));
        await transaction.CommitAsync();
        await admitting;
        await World.Scheduler.AdmitAsync(9, default);
        Assert.Equal(runs[1], Assert.Single(await hand.TakeAsync()).Key.RunId);
    }

    [Fact]
    public async Task No_window_holds_more_starts_than_a_rate_lets_and_all_start()
    {
        const int Starts = 40, Burst = 4, Tasks = 60;
        await DagAsync("d", "a; b", ("a", [Rate("api", Starts, 1, Burst)]), ("b", [Rate("api", Starts, 1, Burst)]));
        await World.RunsAsync("d", Tasks / 2);
        Hand[] hands = [await World.WorkerAsync(), await World.WorkerAsync(), await World.WorkerAsync()];
        var open = Tasks;
        await Task.WhenAll(hands.Select(hand => Task.Run(async () =>
        {
            while (Volatile.Read(ref open) > 0)
            {
                await World.Scheduler.AdmitAsync(10, default);
                var taken = await hand.TakeAsync(2);
                // Half of them are lost at first: their second start spends the rate as well.
                await hand.AdvanceAsync(0, [.. hand.Held.Values.Select(a => Hand.Report(a, a.Attempt == 1 && a.Key.RunId % 2 == 0 ? 'q' : 's'))]);
                Interlocked.Add(ref open, -taken.Count(a => a.Attempt == 2 || a.Key.RunId % 2 != 0));
            }
        })));
        Assert.Equal(Tasks + (Tasks / 2), await World.OneAsync<int>("select count(*)::int from event where to_state = 'r' and task_no is not null"));
        foreach (var window in new[] { 0.1, 0.25, 1.0 })
        {
            var most = await World.OneAsync<int>(
                "select max(n)::int from (select count(*) over (order by at range between current row and make_interval(secs => $1) following) n from event where to_state = 'r' and task_no is not null) x", window);
            Assert.InRange(most, 1, Burst + (int)Math.Ceiling(window * Starts));
        }
    }

    [Fact]
    public async Task A_rate_counts_each_key_by_itself_and_says_when_the_next_may_start()
    {
        await DagAsync("d", "l; m* < l", ("m", [Rate("api", 1, 3600, 2) with { KeyTask = "l[]" }]));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "l", output: "[1,1,1,1,2]");
        Assert.Equal("1:1[0] 1:1[1] 1:1[4]", await TakenAsync(hand));
        Assert.Equal("", await TakenAsync(hand));
        Assert.Equal(1.0, await World.OneAsync<double>("select round(extract(epoch from due_at - clock_timestamp()) / 3600)::float8 from limit_bucket where due_at is not null"));
        Assert.InRange((await World.Scheduler.NextDueAsync(default))!.Value, TimeSpan.FromMinutes(58), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task A_start_counts_before_it_is_paid_for()
    {
        await DagAsync("d", "a", ("a", [Rate("api", 1, 3600, 1)]));
        await World.RunAsync("d");
        await AdmitAsync();
        Assert.Single(await (await World.WorkerAsync()).TakeAsync());
        // As an admit sees it that looked for what is done a moment before.
        Assert.Equal(0, await World.OneAsync<int>("select limit_room(bucket_id, null, 1, 3600, 1, tat, clock_timestamp()) from limit_bucket"));
    }

    [Fact]
    public async Task A_wide_task_gets_its_slots_while_narrow_ones_keep_coming()
    {
        await World.DagAsync(Graph.Parse("wide", "w @p") is var wide ? wide with { Tasks = [wide.Tasks[0] with { PoolSlots = 3 }] } : wide);
        await World.DagAsync("narrow", "n @p");
        await World.Operations.SetPoolAsync("p", 4, "test", default);
        var first = await World.RunsAsync("narrow", 2);
        var hand = await World.WorkerAsync();
        Assert.Equal(2, (await hand.TakeAsync()).Count);
        var run = await World.RunAsync("wide");
        await World.RunsAsync("narrow", 10);
        Assert.Empty(await hand.TakeAsync());                            // 2 are free, the wide one needs 3, and nobody passes it
        await hand.EndAsync(first[0], "n");
        Assert.Equal(run, Assert.Single(await hand.TakeAsync()).Key.RunId);
        await hand.EndAsync(first[1], "n");
        Assert.Single(await hand.TakeAsync());
        await hand.EndAsync(run, "w");
        Assert.Equal(3, (await hand.TakeAsync()).Count);
    }

    [Fact]
    public async Task A_pool_that_nobody_made_is_made_with_16_slots_by_the_first_dag_that_names_it_and_told()
    {
        await World.Operations.SetPoolAsync("known", 2, "test", default);
        await World.DagAsync("d", "a @known; b @new; c @new");
        await World.DagAsync("e", "a @new");
        Assert.Equal(["known 2", "new 16"], await World.ListAsync<string>("select concat_ws(' ', name, slots) from pool order by name"));
        Assert.Equal(
            ["d: pool new made with 16 slots: there was none of that name"],
            await World.ListAsync<string>("select d.dag_id || ': ' || e.why from event e join dag d using (dag_no) where e.why like 'pool%'"));
    }

    [Fact]
    public async Task A_task_wider_than_its_pool_is_refused_when_it_is_loaded()
    {
        await World.Operations.SetPoolAsync("p", 2, "test", default);
        var spec = Graph.Parse("d", "w @p");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.DagAsync(spec with { Tasks = [spec.Tasks[0] with { PoolSlots = 3 }] }));
        Assert.Equal("The task 'w' takes 3 slots of the pool 'p', which has 2.", refused.Message);
        Assert.Equal(0L, await World.OneAsync<long>("select count(*) from dag"));
    }
}
