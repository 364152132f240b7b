using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Serialization;
using Pipelines.Engine.Ports;
using Pipelines.Postgres.Tests.Engine;

namespace Pipelines.Postgres.Tests.Stores;

/// <summary>What a worker reads for a body: outputs of upstreams, whole and by element, and what failed.</summary>
[SupportedOSPlatform("linux")]
public sealed class WorkerReadsTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task An_output_is_that_of_the_element_or_the_list_of_all_that_succeeded()
    {
        var (run, hand) = await StartAsync("list; m* < list; end:AllDone < m", "[1,2,3]");
        await hand.EndAsync(World.Key(run, "m", 2), 's', "30");
        await hand.EndAsync(World.Key(run, "m", 1), 'f');
        await hand.EndAsync(World.Key(run, "m", 0), 'k');
        InstanceKey[] keys = [World.Key(run, "m"), World.Key(run, "m", 0), World.Key(run, "m", 1), World.Key(run, "m", 2), World.Key(run, "list")];
        var outputs = await World.Workers.LoadOutputsAsync(keys, default);
        Assert.Equal(
            new Dictionary<InstanceKey, string> { [World.Key(run, "m")] = "[30]", [World.Key(run, "m", 2)] = "30", [World.Key(run, "list")] = "[1, 2, 3]" },
            outputs.ToDictionary(output => output.Key, output => Encoding.UTF8.GetString(output.Json!)));

        (run, hand) = await StartAsync("list; m* < list", "[1,2]");
        await hand.EndAsync(World.Key(run, "m", 1), 's', "20");
        await hand.EndAsync(World.Key(run, "m", 0), 's', "10");
        outputs = await World.Workers.LoadOutputsAsync([World.Key(run, "m"), World.Key(run, "m", 0)], default);
        Assert.Equal(["-1 [10, 20]", "0 10"], outputs.Select(output => $"{output.Key.MapIndex} {Encoding.UTF8.GetString(output.Json!)}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("[1,2]", 'f', "[]")]
    [InlineData("[1,2]", 'c', "[]")]
    [InlineData("7", 'f', null)]
    public async Task Of_elements_none_of_which_succeeded_the_list_is_empty_and_without_elements_there_is_none(string list, char end, string? expected)
    {
        var (run, hand) = await StartAsync("list; m* < list; end:AllDone < m", list);
        if (end == 'c')
            await World.Operations.CancelRunAsync(run, "ann", default);
        foreach (var element in hand.Held.Keys.Where(key => key.MapIndex >= 0).ToList())
            await hand.EndAsync(element, end);
        Assert.Equal(end, (await World.StateAsync(run))[3]);
        Assert.Equal(expected, (await World.Workers.LoadOutputsAsync([World.Key(run, "m")], default)).SingleOrDefault()?.Json is { } json ? Encoding.UTF8.GetString(json) : null);
    }

    [Fact]
    public async Task A_value_of_a_derived_type_is_read_as_what_it_was_though_the_database_puts_its_names_in_another_order()
    {
        var made = new Disc(7, 2.5);
        var (run, _) = await StartAsync("list", Encoding.UTF8.GetString(OutputJson.Write<Shape>(made)));
        var stored = Assert.Single(await World.Workers.LoadOutputsAsync([World.Key(run, "list")], default)).Json!;
        Assert.StartsWith("{\"id\": 7, ", Encoding.UTF8.GetString(stored), StringComparison.Ordinal);
        Assert.Equal(made, OutputJson.Read<Shape>(stored));
    }

    [Fact]
    public async Task Failures_are_those_of_the_last_attempts_in_their_order_of_the_run_or_of_one_task()
    {
        var (run, hand) = await StartAsync("list; m* < list; b:AllDone < list; c < b; page:OnFailure < m; call:OnFailure", "[1,2,3]");
        await FailAsync(World.Key(run, "m", 2), "third");
        await FailAsync(World.Key(run, "b"), "b broke");
        await FailAsync(World.Key(run, "m", 0), "first");
        await hand.EndAsync(World.Key(run, "m", 1));
        var page = Assert.Single(await hand.TakeAsync());
        await FailAsync(page.Key, "nobody answers");
        (InstanceKey, short, string)[] expected = [(World.Key(run, "m", 2), 1, "third"), (World.Key(run, "b"), 1, "b broke"), (World.Key(run, "m", 0), 1, "first")];
        Assert.Equal(expected, await FailuresAsync(run, null));
        Assert.Equal([expected[0], expected[2]], await FailuresAsync(run, World.Key(run, "m").TaskNo));
        Assert.Empty(await FailuresAsync(run, World.Key(run, "c").TaskNo));

        async Task FailAsync(InstanceKey key, string why) =>
            await hand.AdvanceAsync(0, Hand.Report(hand.Held[key], TaskState.Failed) with { Why = why });
    }

    [Fact]
    public async Task A_mapped_task_that_failed_as_a_whole_is_told_and_of_many_elements_the_first_hundred_are()
    {
        var (run, _) = await StartAsync("list; m* < list", "7");
        Assert.Equal(World.Key(run, "m"), Assert.Single(await FailuresAsync(run, null)).Key);
        (run, var hand) = await StartAsync("list; m* < list", "[" + string.Join(',', Enumerable.Range(0, 130)) + "]");
        await hand.TakeAsync(200);
        await hand.AdvanceAsync(0, [.. hand.Held.Values.Select(a => Hand.Report(a, TaskState.Failed))]);
        Assert.Equal(100, (await FailuresAsync(run, null)).Count);
    }

    private async Task<List<(InstanceKey Key, short Attempt, string Error)>> FailuresAsync(long run, int? task) =>
        [.. (await World.Workers.LoadFailuresAsync(run, task, default)).Select(failure => (failure.Key, failure.Attempt, failure.Error))];

    [JsonDerivedType(typeof(Disc), "circle")]
    private abstract record Shape(int Id);

    private sealed record Disc(int Id, double Size) : Shape(Id);

    private async Task<(long Run, Hand Hand)> StartAsync(string graph, string list)
    {
        var run = await World.RunOfAsync(graph);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "list", 's', list, want: 100);
        return (run, hand);
    }
}
