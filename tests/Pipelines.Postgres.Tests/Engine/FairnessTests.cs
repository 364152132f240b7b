using System.Reflection;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Keys that take turns: among what is ready, and among runs that wait for their start.</summary>
[SupportedOSPlatform("linux")]
public sealed class FairnessTests(World world) : EngineTest(world)
{
    private static readonly JsonNode Schema = JsonNode.Parse("""{"type":"object","properties":{"customer":{"type":"string"},"tier":{"type":["string","number"]}}}""")!;

    [Fact]
    public async Task Who_has_much_ready_delays_the_first_of_another_by_one_start()
    {
        await LoadAsync("a");
        var hand = await World.WorkerAsync();
        await StartAsync("acme", 50);
        Assert.Equal("acme acme acme", await NextAsync(hand, 3));
        await StartAsync("bolt", 3);
        await StartAsync("cora", 1);
        Assert.Equal("acme bolt cora acme bolt acme bolt acme acme", await NextAsync(hand, 9));
        await StartAsync("bolt", 1);                                    // who was served is not served first again
        Assert.Equal("acme bolt acme", await NextAsync(hand, 3));
        Assert.Equal(40, (await hand.TakeAsync()).Count);
    }

    [Fact]
    public async Task The_example_of_the_documentation_takes_turns()
    {
        var dag = new OrdersDag();
        await World.DagAsync(DagBuilder.SpecOf(dag, typeof(OrdersDag).GetCustomAttribute<DagAttribute>()!, nameof(OrdersDag), ArgumentsSchema.Of(dag)));
        var hand = await World.WorkerAsync();
        await StartAsync("acme", 50, dag: "orders");
        await StartAsync("bolt", 1, dag: "orders");
        Assert.Equal("acme bolt acme", await NextAsync(hand, 3));
    }

    [Fact]
    public async Task It_is_the_oldest_run_of_a_key_that_goes_on()
    {
        await LoadAsync("a; b < a");
        var hand = await World.WorkerAsync();
        var runs = await StartAsync("acme", 3);
        await StartAsync("bolt", 2);
        var first = Assert.Single(await hand.TakeAsync(1));
        Assert.Equal(new InstanceKey(runs[0], 0, -1), first.Key);
        // Somebody waits, so b of the first run takes its turn, before a of the second one.
        Assert.Equal("bolt", Customer(Assert.Single((await hand.AdvanceAsync(1, Hand.Report(first, 's'))).Assignments)));
        Assert.Equal(new InstanceKey(runs[0], 1, -1), Assert.Single(await hand.TakeAsync(1)).Key);
        Assert.Equal("bolt acme acme", await NextAsync(hand, 3));
    }

    [Fact]
    public async Task What_comes_back_goes_first_among_its_key_and_takes_one_turn()
    {
        await LoadAsync("a");
        var hand = await World.WorkerAsync();
        var runs = await StartAsync("acme", 3);
        var first = Assert.Single(await hand.TakeAsync(1));
        await StartAsync("bolt", 3);
        await hand.AdvanceAsync(0, Hand.Report(first, 'y'));
        await World.Scheduler.FireTimersAsync(10, default);
        Assert.Equal(new InstanceKey(runs[0], 0, -1), Assert.Single(await hand.TakeAsync(1)).Key);
        Assert.Equal("bolt acme bolt bolt acme", await NextAsync(hand, 5));
    }

    [Fact]
    public async Task Where_nobody_waits_the_next_task_is_handed_over_at_once()
    {
        await LoadAsync("a; b < a");
        var hand = await World.WorkerAsync();
        await StartAsync("acme", 1);
        var a = Assert.Single(await hand.TakeAsync(1));
        Assert.Equal(1, Assert.Single((await hand.AdvanceAsync(1, Hand.Report(a, 's'))).Assignments).Key.TaskNo);
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from event where task_no = 1 and to_state = 'q'"));
    }

    [Fact]
    public async Task A_weight_gives_more_turns_and_a_priority_goes_first()
    {
        await LoadAsync("a", weight: "tier");
        var hand = await World.WorkerAsync();
        await StartAsync("acme", 6);
        await StartAsync("bolt", 6, tier: "\"2\"");                   // numbers may be written as text
        await StartAsync("cora", 1, priority: 5);
        Assert.Equal("cora acme bolt bolt acme bolt bolt acme bolt bolt acme acme acme", await NextAsync(hand, 13));
    }

    [Fact]
    public async Task Runs_that_wait_for_their_start_take_turns_too_and_a_priority_goes_first()
    {
        await LoadAsync("a", maxActive: 1);
        var hand = await World.WorkerAsync();
        foreach (var (customer, priority) in new[] { ("acme", 0), ("acme", 0), ("acme", 0), ("bolt", 0), ("bolt", 0), ("cora", 7) })
            await QueueAsync(customer, priority: priority);
        var order = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
            var a = Assert.Single(await hand.TakeAsync());
            order.Add(Customer(a));
            await hand.AdvanceAsync(0, Hand.Report(a, 's'));
        }

        Assert.Equal("cora acme bolt acme bolt acme", string.Join(' ', order));
    }

    [Fact]
    public async Task A_run_of_higher_priority_starts_first_where_nobody_has_a_key()
    {
        await World.DagAsync("d", "a", maxActive: 1);
        var late = await World.QueueRunAsync("d");
        var urgent = (await World.Operations.StartRunAsync(new NewRun("d") { Priority = 10 }, "ann", default)).RunId;
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal(("r", "q"), (await StateAsync(urgent), await StateAsync(late)));
        Assert.Equal(10, await World.OneAsync<int>("select priority::int from task_instance where run_id = $1", urgent));
        Assert.Equal("a priority is -100 to 100, not 101", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.StartRunAsync(new NewRun("d") { Priority = 101 }, "ann", default))).Message);

        Task<string> StateAsync(long run) => World.OneAsync<string>("select state::text from dag_run where run_id = $1", run);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("db")]
    public async Task What_has_a_key_and_what_has_none_keep_each_other_from_nothing(string? pool)
    {
        await LoadAsync("a", pool: pool);
        await World.DagAsync(Graph.Parse("plain", "a") is { } spec && pool is not null ? spec with { Tasks = [spec.Tasks[0] with { Pool = pool }] } : Graph.Parse("plain", "a"));
        var hand = await World.WorkerAsync();
        var old = await World.RunsAsync("plain", 40);
        await StartAsync("acme", 40);
        var seen = new HashSet<bool>();
        for (var i = 0; i < 36 && seen.Count < 2; i++)
        {
            var one = Assert.Single(await hand.TakeAsync(1));
            seen.Add(old.Contains(one.Key.RunId));
            await hand.AdvanceAsync(0, Hand.Report(one, 's'));
        }

        Assert.Equal(2, seen.Count);                                    // by chance, once in 2^35, it is not so; in a pool never
    }

    [Fact]
    public async Task A_wide_task_with_a_key_is_not_passed_for_ever()
    {
        await World.DagAsync("plain", "a");
        await LoadAsync("a", pool: "db", slots: 3);
        await World.Operations.SetPoolAsync("db", 3, "ann", default);
        var spec = Graph.Parse("narrow", "a");
        await World.DagAsync(spec with { Tasks = [spec.Tasks[0] with { Pool = "db" }] });
        var hand = await World.WorkerAsync();
        await World.RunsAsync("narrow", 30);
        var held = new Queue<Assignment>(await hand.TakeAsync(3));
        await StartAsync("acme", 1);
        for (var i = 0; i < 20; i++)
        {
            var got = (await hand.AdvanceAsync(1, held.Count == 0 ? [] : [Hand.Report(held.Dequeue(), 's')])).Assignments;
            if (got.Any(one => one.Arguments is not null))
                return;
            foreach (var one in got)
                held.Enqueue(one);
        }

        Assert.Fail("The wide task waits behind narrow ones that came before and after it.");
    }

    [Fact]
    public async Task A_run_that_goes_over_to_a_version_with_a_key_goes_on_and_its_fork_takes_turns()
    {
        await World.DagAsync(Graph.Parse("d", "a; b < a") with { Arguments = Schema });
        var hand = await World.WorkerAsync();
        var run = Assert.Single(await StartAsync("acme", 1));
        var a = Assert.Single(await hand.TakeAsync());
        await LoadAsync("a; b < a");
        Assert.Null(Assert.Single(await World.Operations.UpgradeRunsAsync(new() { RunId = run }, "ann", default)).Refused);
        await hand.AdvanceAsync(0, Hand.Report(a, 's'));
        Assert.Equal(new InstanceKey(run, 1, -1), Assert.Single(await hand.TakeAsync()).Key);
        var fork = (await World.Operations.ForkRunAsync(new ForkRequest(run, "b"), "ann", default)).RunId;
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag_run where run_id = $1 and flow = flow_of('customer', 'acme')", fork!));
    }

    [Fact]
    public async Task Workers_that_take_at_the_same_time_take_everything_once()
    {
        await LoadAsync("a; b < a");
        foreach (var customer in new[] { "acme", "bolt", "cora" })
            await StartAsync(customer, 40);
        var hands = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => World.WorkerAsync()));
        var counts = await Task.WhenAll(hands.Select(async hand =>
        {
            var count = 0;
            for (var work = await hand.TakeAsync(3); work.Count > 0; work = (await hand.AdvanceAsync(3, [.. work.Select(one => Hand.Report(one, 's'))])).Assignments)
                count += work.Count;
            return count;
        }));
        Assert.Equal((240, 0L), (counts.Sum() + await RestAsync(), await World.OneAsync<long>("select count(*) from ready_queue")));
        Assert.Equal(120, await World.OneAsync<long>("select count(*) from dag_run where state = 's'"));

        async Task<int> RestAsync()
        {
            var count = 0;
            for (var work = await hands[0].TakeAsync(); work.Count > 0; work = (await hands[0].AdvanceAsync(100, [.. work.Select(one => Hand.Report(one, 's'))])).Assignments)
                count += work.Count;
            return count;
        }
    }

    [Fact]
    public async Task It_is_told_who_takes_turns()
    {
        await LoadAsync("a");
        await StartAsync("acme", 3);
        var bolt = await StartAsync("bolt", 2);
        var turn = (await World.Console.TurnAsync(new InstanceKey(bolt[1], 0, -1), default))!;
        Assert.Equal(("customer=bolt", 2, 1, 3), (turn.Key, turn.Ready, turn.Others, turn.Before));
        Assert.Equal("customer=bolt takes turns with 1 other key and has 2 ready: 3 start before this one", turn.Text);
        var shown = await World.Console.QueueAsync(10, default);
        Assert.Equal((3, 1, "customer=acme"), (shown[0].Turn!.Ready, shown[0].Turn!.Others, shown[0].Turn!.Key));
        Assert.Null(await World.Console.TurnAsync(new InstanceKey(bolt[1] + 99, 0, -1), default));
    }

    private static string Customer(Assignment one) => (string)JsonNode.Parse(one.Arguments!)!["customer"]!;

    private async Task<string> NextAsync(Hand hand, int count)
    {
        var order = new List<string>();
        for (var i = 0; i < count; i++)
            order.AddRange((await hand.TakeAsync(1)).Select(Customer));
        return string.Join(' ', order);
    }

    private async Task LoadAsync(string graph, int maxActive = 1000, string? weight = null, string? pool = null, int slots = 1)
    {
        var spec = Graph.Parse("d", graph, maxActive) with { Arguments = Schema, FairnessKey = "customer", FairnessWeight = weight };
        await World.DagAsync(pool is null ? spec : spec with { Tasks = [spec.Tasks[0] with { Pool = pool, PoolSlots = slots == 1 ? null : slots }] });
    }

    private Task<StartedRun> QueueAsync(string customer, string? tier = null, int priority = 0, string dag = "d") => World.Operations.StartRunAsync(
        new NewRun(dag) { Arguments = $$"""{"customer":"{{customer}}"{{(tier is null ? "" : $",\"tier\":{tier}")}}}""", Priority = priority }, "ann", default);

    private async Task<List<long>> StartAsync(string customer, int count, string? tier = null, int priority = 0, string dag = "d")
    {
        var runs = new List<long>();
        for (var i = 0; i < count; i++)
            runs.Add((await QueueAsync(customer, tier, priority, dag)).RunId);
        while (await World.Scheduler.StartRunsAsync(1000, default) > 0)
        {
        }

        foreach (var run in runs)
            World.Knows(run, dag);
        return runs;
    }

    private sealed record Orders(string Customer, int Tier = 1);

    [Dag("orders", FairnessKey = "customer", FairnessWeight = "tier", MaxActiveRuns = 1000)]
    private sealed class OrdersDag : Dag<Orders>
    {
        public override void Define(DagBuilder dag) => dag.Task("ship", () => { });
    }
}
