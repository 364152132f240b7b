using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class MapTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_mapped_task_has_an_instance_an_element_and_its_results_keep_their_order()
    {
        var run = await World.RunOfAsync("a; m* < a; sum < m");
        var hand = await ListAsync(run, 4);
        Assert.Equal("r:swn", await World.StateAsync(run));
        Assert.Equal("qqqq", await World.ElementsAsync(run, "m"));
        Assert.Equal([0, 1, 2, 3], (await hand.TakeAsync()).Select(a => a.Key.MapIndex));
        foreach (var i in new[] { 2, 0, 3, 1 })
            await hand.EndAsync(World.Key(run, "m", i), 's', $"\"r{i}\"");
        Assert.Equal("r:ssq", await World.StateAsync(run));
        Assert.Equal("4 succeeded, 0 failed, 0 skipped", await World.WhyAsync(World.Key(run, "m")));
        Assert.Equal("""["r0", "r1", "r2", "r3"]""", await OutputAsync(World.Key(run, "m")));
    }

    [Fact]
    public async Task Skipped_elements_are_left_out_of_the_results()
    {
        var run = await World.RunOfAsync("a; m* < a; sum < m");
        var hand = await ListAsync(run, 3);
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "m", 0), 's', "10");
        await hand.EndAsync(World.Key(run, "m", 1), 'k');
        await hand.EndAsync(World.Key(run, "m", 2), 's', "30");
        Assert.Equal("r:ssq", await World.StateAsync(run));
        Assert.Equal("[10, 30]", await OutputAsync(World.Key(run, "m")));
    }

    [Fact]
    public async Task When_all_elements_were_skipped_the_mapped_task_is()
    {
        var run = await World.RunOfAsync("a; m* < a; sum < m");
        var hand = await ListAsync(run, 2);
        await hand.TakeAsync();
        await hand.AdvanceAsync(0, [.. hand.Held.Values.Select(a => Hand.Report(a, 'k'))]);
        Assert.Equal("s:skk", await World.StateAsync(run));
    }

    [Theory]
    [InlineData("[]", "s:skk", "the list is empty")]
    [InlineData("{\"a\": 1}", "f:sfu", "the mapped value is not a list but object")]
    [InlineData("null", "f:sfu", "the mapped value is not a list but null")]
    [InlineData(null, "f:sfu", "the mapped value is not a list but nothing")]
    public async Task A_list_that_has_no_elements_skips_and_what_is_no_list_fails(string? output, string state, string why)
    {
        var run = await World.RunOfAsync("a; m* < a; sum < m");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 's', output);
        Assert.Equal(state, await World.StateAsync(run));
        Assert.Equal(why, await World.WhyAsync(World.Key(run, "m")));
    }

    [Fact]
    public async Task Ten_thousand_elements_are_the_most()
    {
        await World.DagAsync("d", "a; m*1 < a");
        var (most, over) = (await World.RunAsync("d"), await World.RunAsync("d"));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(most, "a", 's', Numbers(10_000));
        await hand.EndAsync(over, "a", 's', Numbers(10_001));
        Assert.Equal(10_000, await World.OneAsync<long>("select count(*) from task_instance where run_id = $1 and map_index >= 0", most));
        Assert.Equal("f:sf", await World.StateAsync(over));
        Assert.Equal("the list has 10001 elements; the limit is 10,000", await World.WhyAsync(World.Key(over, "m")));
        Assert.Equal('c', await World.Operations.CancelRunAsync(most, "test", default));
    }

    [Fact]
    public async Task One_failed_element_fails_the_mapped_task_after_all_have_run()
    {
        var run = await World.RunOfAsync("a; m* < a; sum < m; clean:AllDone < m");
        var hand = await ListAsync(run, 3);
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "m", 1), 'f');
        Assert.Equal("r:swnn", await World.StateAsync(run));
        await hand.EndAsync(World.Key(run, "m", 0));
        await hand.EndAsync(World.Key(run, "m", 2), want: 1);
        Assert.Equal("r:sfur", await World.StateAsync(run));
        Assert.Equal("sfs", await World.ElementsAsync(run, "m"));
        await hand.EndAsync(run, "clean");
        Assert.Equal("s:sfus", await World.StateAsync(run));
    }

    [Theory]
    [InlineData(1, 5, 1)]
    [InlineData(3, 10, 2)]
    [InlineData(4, 4, 9)]
    public async Task Never_more_than_max_parallel_elements_run_and_all_of_them_do(int parallel, int elements, int batch)
    {
        var run = await World.RunOfAsync($"a; m*{parallel} < a; sum < m");
        var hand = await ListAsync(run, elements);
        await hand.TakeAsync();
        var ran = new List<int>();
        while (hand.Held.Count > 0)
        {
            Assert.True(hand.Held.Count <= parallel);
            Assert.True(await World.OneAsync<long>("select count(*) from task_instance where run_id = $1 and map_index >= 0 and state in ('q', 'r')", run) <= parallel);
            var end = hand.Held.Values.OrderByDescending(a => a.Key.MapIndex).Take(batch).ToList();
            ran.AddRange(end.Select(a => a.Key.MapIndex));
            await hand.AdvanceAsync(99, [.. end.Where(a => a.Key.MapIndex >= 0).Select((a, i) => Hand.Report(a, i % 3 == 1 ? 'k' : 's'))]);
            if (hand.Held.Keys.Any(key => key == World.Key(run, "sum")))
                break;
        }

        Assert.Equal(Enumerable.Range(0, elements), ran.Order());
        Assert.Equal("r:ssr", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_held_back_element_does_not_start_while_another_waits_for_its_retry()
    {
        var run = await World.RunOfAsync("a; m*1 < a");
        var hand = await ListAsync(run, 2);
        await hand.TakeAsync();
        await hand.AdvanceAsync(9, Hand.Report(hand.Assignment(run, "m", 0), 'y', delay: 3600));
        Assert.Empty(hand.Held);
        Assert.Equal("yn", await World.ElementsAsync(run, "m"));
    }

    [Fact]
    public async Task A_mapped_task_over_a_mapped_tasks_results_has_an_instance_a_result()
    {
        var run = await World.RunOfAsync("a; m* < a; n* < m; sum < n");
        var hand = await ListAsync(run, 3);
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "m", 0), 's', "10");
        await hand.EndAsync(World.Key(run, "m", 1), 'k');
        await hand.EndAsync(World.Key(run, "m", 2), 's', "30");
        Assert.Equal("r:sswn", await World.StateAsync(run));
        Assert.Equal("qq", await World.ElementsAsync(run, "n"));
    }

    [Fact]
    public async Task Runs_that_end_in_one_batch_each_have_their_own_failures()
    {
        await World.DagAsync("maps", "a; m* < a; x:AllFailed < m; y < x; z < y");
        await World.DagAsync("fails", "a; b < a; c < b; e < c");
        var (maps, fails) = (await World.RunAsync("maps"), await World.RunAsync("fails"));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(maps, "a", 's', "[1]", want: 1);
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(maps, "m", 0), 's'), Hand.Report(hand.Assignment(fails, "a"), 'f'));
        Assert.Equal(("s:sskkk", "f:fuuu"), (await World.StateAsync(maps), await World.StateAsync(fails)));
        Assert.Equal([0, 4], await World.ListAsync<int>("select failures from dag_run order by run_id"));
    }

    [Fact]
    public async Task Elements_take_the_priority_and_pool_of_their_task()
    {
        var run = await World.RunOfAsync("a; m* @slow ^7 < a");
        await World.Operations.SetPoolAsync("slow", 2, "test", default);
        var hand = await ListAsync(run, 5);
        Assert.Equal(2, (await hand.TakeAsync()).Count);
        Assert.Equal([-7], await World.ListAsync<short>("select distinct rank from ready_queue"));
    }

    /// <summary>Ends a with a list of so many numbers.</summary>
    private async Task<Hand> ListAsync(long run, int elements)
    {
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 's', Numbers(elements));
        return hand;
    }

    private async Task<string?> OutputAsync(InstanceKey key) =>
        Assert.Single(await World.Workers.LoadOutputsAsync([key], default)).Json is { } json ? Encoding.UTF8.GetString(json) : null;

    private static string Numbers(int count) => $"[{string.Join(',', Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture)))}]";
}
