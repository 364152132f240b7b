using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class GraphTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_chain_runs_in_order_and_each_successor_is_handed_straight_over()
    {
        var run = await World.RunOfAsync("a; b < a; c < b");
        var hand = await World.WorkerAsync();
        Assert.Equal("r:qnn", await World.StateAsync(run));
        Assert.Equal(World.Key(run, "a"), Assert.Single(await hand.TakeAsync()).Key);
        Assert.Equal("r:rnn", await World.StateAsync(run));
        Assert.Equal(World.Key(run, "b"), Assert.Single((await hand.EndAsync(run, "a", want: 1)).Assignments).Key);
        Assert.Equal(World.Key(run, "c"), Assert.Single((await hand.EndAsync(run, "b", want: 1)).Assignments).Key);
        Assert.Empty((await hand.EndAsync(run, "c", want: 1)).Assignments);
        Assert.Equal("s:sss", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_report_that_asks_for_nothing_leaves_the_successor_to_the_queue()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a");
        Assert.Equal("r:sq", await World.StateAsync(run));
        Assert.Equal(World.Key(run, "b"), Assert.Single(await (await World.WorkerAsync()).TakeAsync()).Key);
    }

    [Fact]
    public async Task A_diamond_joins_once_after_both_of_its_sides_whichever_ends_last()
    {
        await World.DagAsync("d", "a; b < a; c < a; e < b c");
        var hand = await World.WorkerAsync();
        foreach (var order in new[] { "bc", "cb" })
        {
            var run = await World.RunAsync("d");
            await hand.TakeAsync();
            Assert.Equal(2, (await hand.EndAsync(run, "a", want: 9)).Assignments.Count);
            Assert.Empty((await hand.EndAsync(run, order[..1], want: 9)).Assignments);
            Assert.Equal('n', (await World.StateAsync(run))[^1]);
            Assert.Equal(World.Key(run, "e"), Assert.Single((await hand.EndAsync(run, order[1..], want: 9)).Assignments).Key);
            await hand.EndAsync(run, "e");
            Assert.Equal("s:ssss", await World.StateAsync(run));
        }
    }

    [Fact]
    public async Task Two_workers_that_end_the_sides_of_a_join_at_once_start_it_once()
    {
        await World.DagAsync("d", "a; b; c < a b");
        var (left, right) = (await World.WorkerAsync(), await World.WorkerAsync());
        for (var round = 0; round < 30; round++)
        {
            var run = await World.RunAsync("d");
            await left.TakeAsync(1);
            await right.TakeAsync(1);
            var ends = await Task.WhenAll(
                Task.Run(() => left.EndAsync(left.Held.Keys.Single(), want: 1)), Task.Run(() => right.EndAsync(right.Held.Keys.Single(), want: 1)));
            Assert.Equal(World.Key(run, "c"), Assert.Single(ends.SelectMany(reply => reply.Assignments)).Key);
            await (left.Held.Count > 0 ? left : right).EndAsync(run, "c");
            Assert.Equal("s:sss", await World.StateAsync(run));
        }
    }

    [Fact]
    public async Task Both_sides_of_a_join_reported_in_one_batch_start_it_once()
    {
        var run = await World.RunOfAsync("a; b; c < a b");
        var hand = await World.WorkerAsync();
        var got = await hand.TakeAsync();
        var reply = await hand.AdvanceAsync(9, [.. got.Select(a => Hand.Report(a, 's'))]);
        Assert.Equal(World.Key(run, "c"), Assert.Single(reply.Assignments).Key);
    }

    [Theory]
    [InlineData("full", "skrn")]
    [InlineData("delta", "srkn")]
    [InlineData("neither", "skkk")]
    public async Task When_takes_the_branch_of_the_value_and_skips_the_others(string choice, string states)
    {
        var run = await World.RunOfAsync("a; delta < a=delta; full < a=full; end:NoneFailedMinOneSuccess < delta full");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 's', $"\"{choice}\"", want: 9);
        Assert.Equal((states.Contains('n', StringComparison.Ordinal) ? "r:" : "s:") + states, await World.StateAsync(run));
        var skipped = states[1] == 'k' ? "delta" : "full";
        Assert.Equal("the branch took another way", await World.WhyAsync(World.Key(run, skipped)));
        if (hand.Held.Count > 0)
        {
            await hand.EndAsync(hand.Held.Keys.Single(), want: 9);
            await hand.EndAsync(run, "end");
            Assert.Equal('s', (await World.StateAsync(run))[0]);
        }
    }

    [Fact]
    public async Task A_condition_is_met_by_an_equal_value_however_it_is_written()
    {
        var spec = Graph.Parse("d", "a; b < a=x");
        spec = spec with { Tasks = [spec.Tasks[0], spec.Tasks[1] with { Upstreams = [new("a", System.Text.Json.Nodes.JsonNode.Parse("""{"n":1.0,"m":[true]}"""))] }] };
        await World.DagAsync(spec);
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 's', """{ "m": [ true ], "n": 1 }""");
        Assert.Equal("r:sq", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_choice_that_returned_nothing_meets_no_condition()
    {
        var run = await World.RunOfAsync("a; b < a=x");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a");
        Assert.Equal("s:sk", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_skip_spreads_down_and_the_run_succeeds()
    {
        var run = await World.RunOfAsync("a; b < a; c < b; d:AllDone < b");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 'k', want: 9);
        Assert.Equal("r:skkr".Replace('s', 'k'), await World.StateAsync(run));
        Assert.Equal("by its trigger rule", await World.WhyAsync(World.Key(run, "c")));
        await hand.EndAsync(run, "d");
        Assert.Equal("s:kkks", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_failure_makes_all_below_it_upstream_failed_and_the_run_fails()
    {
        var run = await World.RunOfAsync("a; b < a; c < b; x");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 'f');
        Assert.Equal("r:fuur", await World.StateAsync(run));
        Assert.Equal("1 upstream failed", await World.WhyAsync(World.Key(run, "b")));
        await hand.EndAsync(run, "x");
        Assert.Equal("f:fuus", await World.StateAsync(run));
        Assert.Equal(3, await World.OneAsync<int>("select failures from dag_run where run_id = $1", run));
    }

    [Theory]
    [InlineData("a; end:AllDone < a", "s:fs")]                       // handled just below
    [InlineData("a; b < a; end:AllDone < b", "s:fus")]               // handled below what it kept from running
    [InlineData("a; end:OneFailed < a", "s:fs")]
    [InlineData("a; end:AllFailed < a", "s:fs")]
    [InlineData("a; b:AllDone < a; end < b", "s:fss")]
    [InlineData("a; other:AllDone", "f:fs")]                         // not below it
    [InlineData("a; end:NoneFailed < a", "f:fu")]
    public async Task A_run_with_a_failure_succeeds_when_a_tolerant_task_below_it_succeeded(string graph, string expected)
    {
        var run = await World.RunOfAsync(graph);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 'f', want: 9);
        while (hand.Held.Count > 0)
            await hand.EndAsync(hand.Held.Keys.First(), want: 9);
        Assert.Equal(expected, await World.StateAsync(run));
        var why = await World.OneAsync<string?>("select why from event where run_id = $1 and task_no is null and to_state = $2::text::\"char\"", run, expected[..1]);
        Assert.Equal(expected[0] == 's' ? "succeeded with failures that were handled" : null, why);
    }

    [Fact]
    public async Task A_failure_is_not_handled_by_a_tolerant_task_that_failed_itself_or_was_skipped()
    {
        await World.DagAsync("d", "a; end:AllDone < a");
        var hand = await World.WorkerAsync();
        foreach (var outcome in "fk")
        {
            var run = await World.RunAsync("d");
            await hand.TakeAsync();
            await hand.EndAsync(run, "a", 'f', want: 1);
            await hand.EndAsync(run, "end", outcome);
            Assert.Equal($"f:f{outcome}", await World.StateAsync(run));
        }
    }

    [Fact]
    public async Task Each_failure_needs_a_handler_of_its_own()
    {
        var run = await World.RunOfAsync("a; b; end:AllDone < a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 'f', want: 1);
        await hand.EndAsync(run, "b", 'f');
        await hand.EndAsync(run, "end");
        Assert.Equal("f:ffs", await World.StateAsync(run));
    }
}
