using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Payloads that the database cannot read: what it has to look at it can, and nothing else.</summary>
[SupportedOSPlatform("linux")]
public sealed class CodecTests : EngineTest
{
    private static readonly JsonNode Schema = JsonNode.Parse("""{"type":"object","properties":{"customer":{"type":"string"},"card":{"type":"string"}},"required":["customer"]}""")!;
    private readonly string _file = Path.GetTempFileName();
    private readonly Payloads _payloads;
    private readonly Db _db;

    public CodecTests(World world)
        : base(world)
    {
        File.WriteAllText(_file, PayloadKeyRing.Make(new DateOnly(2026, 11, 1)).Line);
        _payloads = new Payloads(new AesGcmCodec(_file));
        _db = world.DbOf(_payloads);
    }

    private PostgresOperations WithKeys => new(_db);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _db.DisposeAsync();
        File.Delete(_file);
    }

    [Fact]
    public async Task Arguments_are_stored_encrypted_but_for_the_key_and_who_has_the_keys_reads_them()
    {
        await KeyedAsync();
        var run = await StartAsync(WithKeys, """{"customer":"ann","card":"4111"}""");
        var stored = JsonNode.Parse(await World.OneAsync<string>("select arguments::text from dag_run where run_id = $1", run))!;
        Assert.Equal("ann", (string?)stored["customer"]);
        Assert.True(Payloads.IsEncoded(stored["card"]));
        Assert.Equal("ann", await World.OneAsync<string>("select entity_key from dag_run where run_id = $1", run));
        Assert.Equal("4111", (string?)JsonNode.Parse((await new PostgresConsole(_db).RunAsync(run, default))!.Arguments!)!["card"]);
        Assert.Equal("4111", (string?)JsonNode.Parse((await new PostgresConsole(_db).InstanceAsync(run, "a", -1, default))!.Arguments!)!["card"]);
        Assert.True(Payloads.IsEncoded(JsonNode.Parse((await World.Console.RunAsync(run, default))!.Arguments!)!["card"]));
        Assert.Contains($"Run {run} is open for the key ann", await RefusedAsync(() => StartAsync(WithKeys, """{"customer":"ann"}""")), StringComparison.Ordinal);
        Assert.Contains("argument 'card' is 7", await RefusedAsync(() => StartAsync(WithKeys, """{"customer":"bob","card":7}""")), StringComparison.Ordinal);
        Assert.DoesNotContain("4111", await EverythingAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_that_a_client_has_encrypted_are_taken_unless_they_hide_the_key()
    {
        await KeyedAsync();
        var card = _payloads.Encode("\"4111\"");
        var run = await StartAsync(World.Operations, $$"""{"customer":"ann","card":{{card}}}""");
        Assert.Equal("4111", (string?)JsonNode.Parse((await new PostgresConsole(_db).RunAsync(run, default))!.Arguments!)!["card"]);
        Assert.StartsWith("the argument 'customer' is encrypted, and the engine groups", await RefusedAsync(() => StartAsync(World.Operations, $$"""{"customer":{{card}}}""")), StringComparison.Ordinal);
        Assert.Contains("there is no argument 'cards'", await RefusedAsync(() => StartAsync(World.Operations, $$"""{"customer":"bob","cards":{{card}}}""")), StringComparison.Ordinal);
        Assert.Null(await World.OneAsync<string?>($$"""select entity_of(version_id, '{"customer":{{card}}}') from dag where dag_id = 'd'"""));
    }

    [Fact]
    public async Task A_run_that_is_repeated_takes_what_is_encrypted_along()
    {
        await World.DagAsync(Graph.Parse("d", "a; b < a") with { Arguments = Schema, FairnessKey = "customer" });
        Assert.Equal(["customer"], await World.Workers.LoadKeyArgumentsAsync(["d"], default));
        var run = await StartAsync(WithKeys, """{"customer":"ann","card":"4111"}""");
        await World.Scheduler.StartRunsAsync(10, default);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "a"), 's', "7") with { Encoded = Bytes("7") });
        var again = (await World.Operations.ForkRunAsync(new ForkRequest(run, "b"), "test", default)).RunId!.Value;
        var other = (await WithKeys.ForkRunAsync(new ForkRequest(run, "b") { Arguments = """{"card":"4222"}""" }, "test", default)).RunId!.Value;
        Assert.Equal("4222", (string?)JsonNode.Parse((await new PostgresConsole(_db).RunAsync(other, default))!.Arguments!)!["card"]);
        Assert.Equal("ann", await World.OneAsync<string>("select arguments ->> 'customer' from dag_run where run_id = $1", other));
        Assert.DoesNotContain("4222", await EverythingAsync(), StringComparison.Ordinal);
        await World.Operations.CancelRunAsync(other, "test", default);
        Assert.Equal("4111", (string?)JsonNode.Parse((await new PostgresConsole(_db).RunAsync(again, default))!.Arguments!)!["card"]);
        await World.Operations.CancelRunAsync(run, "test", default);
        await World.Scheduler.StartRunsAsync(10, default);
        var taken = Assert.Single(await World.Workers.LoadOutputsAsync([new InstanceKey(again, 0, -1)], default));
        Assert.Equal("7", Encoding.UTF8.GetString(_payloads.Decode(taken.Json, "it")!));
    }

    [Fact]
    public async Task A_list_is_expanded_by_its_length_alone_and_each_element_opens_by_itself()
    {
        var run = await World.RunOfAsync("list; m < list; each* < list; sum < each");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        var shape = PayloadShape.OfOutput(Graph.Parse("d", "list; m < list; each* < list; sum < each"), "list");
        await hand.AdvanceAsync(100, Hand.Report(hand.Assignment(run, "list"), 's', "x") with { Encoded = _payloads.Encode("[1,2,3]"u8.ToArray(), shape) });
        Assert.Equal("rrr", await World.ElementsAsync(run, "each"));
        for (var i = 0; i < 3; i++)
            await hand.AdvanceAsync(100, Hand.Report(hand.Assignment(run, "each", i), 's', "x") with { Encoded = Bytes($"{i * 10}") });
        var whole = Assert.Single(await World.Workers.LoadOutputsAsync([World.Key(run, "each")], default));
        Assert.Equal("[0,10,20]", Encoding.UTF8.GetString(_payloads.Decode(whole.Json, "it")!));
        await hand.EndAsync(run, "m");
        await hand.EndAsync(run, "sum");
        Assert.Equal("s:ssss", await World.StateAsync(run));
    }

    [Fact]
    public async Task Signals_are_checked_before_they_are_encrypted_and_one_that_decides_a_branch_stays_plain()
    {
        var spec = Graph.Parse("d", "note; go; a < note; b < go=yes")
            .Waiting("note", new WaitSpec { Kind = WaitKind.Signal, Signal = "note", Schema = JsonNode.Parse("""{"type":"string"}""") })
            .Waiting("go", new WaitSpec { Kind = WaitKind.Signal, Signal = "go" });
        await World.DagAsync(spec);
        var run = await World.RunAsync("d");
        await World.WaitsAsync();
        Assert.Contains("the signal 'note' does not fit", await RefusedAsync(() => WithKeys.SendSignalAsync(run, new NewSignal("note") { Payload = "7" }, "test", default)), StringComparison.Ordinal);
        Assert.StartsWith("the signal 'go' is encrypted, and the DAG decides", await RefusedAsync(
            () => World.Operations.SendSignalAsync(run, new NewSignal("go") { Payload = _payloads.Encode("\"yes\"") }, "test", default)), StringComparison.Ordinal);
        await WithKeys.SendSignalAsync(run, new NewSignal("note") { Payload = "\"hush\"" }, "test", default);
        await WithKeys.SendSignalAsync(run, new NewSignal("go") { Payload = "\"yes\"" }, "test", default);
        Assert.Equal("r:ssqq", await World.StateAsync(run));
        Assert.DoesNotContain("hush", await EverythingAsync(), StringComparison.Ordinal);
        var (hidden, read) = (await World.Console.SignalsAsync(run, 10, default), await new PostgresConsole(_db).SignalsAsync(run, 10, default));
        Assert.Equal(["\"yes\"", "\"hush\""], read.Select(signal => signal.Payload));
        Assert.True(Payloads.HasEncoded(hidden.Single(signal => signal.Name == "note").Payload));
        var output = Assert.Single(await World.Workers.LoadOutputsAsync([World.Key(run, "note")], default));
        Assert.Equal("\"hush\"", Encoding.UTF8.GetString(_payloads.Decode(output.Json, "it")!));
        await World.Operations.CancelRunAsync(run, "test", default);
    }

    [Fact]
    public async Task A_run_that_another_one_starts_gets_its_arguments_as_they_were_encrypted_and_its_key_in_plain()
    {
        await KeyedAsync();
        var parent = Graph.Parse("parent", "a; w < a").Waiting("w", new WaitSpec { Kind = WaitKind.Run, Dag = "d", Arguments = "a" });
        await World.DagAsync(parent);
        Assert.Equal(["customer"], await World.Workers.LoadKeyArgumentsAsync(["d", "parent", "nobody"], default));
        var shape = PayloadShape.OfOutput(parent, "a") with { PlainFields = ["customer"] };
        var hand = await World.WorkerAsync();
        var runs = await World.RunsAsync("parent", 2);
        await hand.TakeAsync();
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(runs[0], "a"), 's', "x") with { Encoded = _payloads.Encode(Encoding.UTF8.GetBytes("""{"customer":"ann","card":"4111"}"""), shape) });
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(runs[1], "a"), 's', "x") with { Encoded = Bytes("\"ann\"", field: "customer") });
        await World.WaitsAsync();
        Assert.Equal(("r:sw", "f:sf"), (await World.StateAsync(runs[0]), await World.StateAsync(runs[1])));
        Assert.StartsWith("the argument 'customer' is encrypted", await World.WhyAsync(World.Key(runs[1], "w")), StringComparison.Ordinal);
        var child = await World.OneAsync<long>("select run_id from dag_run where entity_key = 'ann'");
        Assert.Equal("4111", (string?)JsonNode.Parse((await new PostgresConsole(_db).RunAsync(child, default))!.Arguments!)!["card"]);
        Assert.DoesNotContain("4111", await EverythingAsync(), StringComparison.Ordinal);
        await World.Operations.CancelRunAsync(child, "test", default);
        await World.Operations.CancelRunAsync(runs[0], "test", default);
    }

    [Fact]
    public async Task A_run_that_a_body_starts_has_its_arguments_encrypted_but_for_the_key()
    {
        await KeyedAsync();
        var parent = await World.RunOfAsync("a", "parent");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        var child = await new PostgresWorkerStore(_db).StartChildAsync(hand.Id, a.Key, a.Attempt, new NewChild("d", "bill", """{"customer":"ann","card":"4111"}""", true, null), default);
        Assert.Equal("ann", await World.OneAsync<string>("select entity_key from dag_run where run_id = $1", child));
        Assert.Equal("4111", (string?)JsonNode.Parse((await new PostgresConsole(_db).RunAsync(child, default))!.Arguments!)!["card"]);
        Assert.DoesNotContain("4111", await EverythingAsync(), StringComparison.Ordinal);
        Assert.StartsWith("the argument 'customer' is encrypted", await RefusedAsync(() => World.Workers.StartChildAsync(
            hand.Id, a.Key, a.Attempt, new NewChild("d", "other", $$"""{"customer":{{_payloads.Encode("\"bob\"")}}}""", true, null), default)), StringComparison.Ordinal);
        await World.Operations.CancelRunAsync(child, "test", default);
        await World.Operations.CancelRunAsync(parent, "test", default);
    }

    [Theory]
    [InlineData("w; b < w", "r:sq")]
    [InlineData("w; b < w=yes", "f:fu")]
    [InlineData("w; b* < w", "f:fu")]
    public async Task A_result_that_is_encrypted_decides_nothing_in_the_dag_that_takes_it(string graph, string state)
    {
        await World.DagAsync("child", "work");
        await World.DagAsync(Graph.Parse("d", graph).Waiting("w", new WaitSpec { Kind = WaitKind.Run, Dag = "child", Result = "work" }));
        var run = await World.RunAsync("d");
        await World.WaitsAsync();
        await World.Scheduler.StartRunsAsync(10, default);
        var hand = await World.WorkerAsync();
        var work = Assert.Single(await hand.TakeAsync());
        await hand.AdvanceAsync(0, Hand.Report(work, 's', "x") with { Encoded = Bytes("\"yes\"") });
        await World.WaitsAsync();
        Assert.Equal(state, await World.StateAsync(run));
        if (state[0] == 'f')
            Assert.Contains("is encrypted, and a branch, a map or a limit hangs on it", await World.WhyAsync(World.Key(run, "w")), StringComparison.Ordinal);
        else
            await World.Operations.CancelRunAsync(run, "test", default);
    }

    [Fact]
    public async Task Backfills_and_updates_of_assets_are_encrypted_too()
    {
        await World.DagAsync(Graph.Parse("d", "a", cron: "0 0 * * *") with { Arguments = Schema, Start = "2026-01-01" });
        await World.DagAsync(Graph.Parse("p", "a").Producing("a", "orders"));
        var id = await WithKeys.CreateBackfillAsync(new NewBackfill("d", new(2026, 1, 1), new(2026, 1, 2), "missing", false, 1, 2) { Arguments = """{"customer":"ann","card":"4111"}""" }, "test", default);
        await WithKeys.UpdateAssetAsync("orders", "\"hush\"", "test", default);
        var text = await EverythingAsync();
        Assert.DoesNotContain("4111", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", text, StringComparison.Ordinal);
        Assert.Contains("4111", (await new PostgresConsole(_db).BackfillAsync(id, default))!.Arguments, StringComparison.Ordinal);
        Assert.Equal("\"hush\"", (await new PostgresConsole(_db).AssetAsync("orders", 1, default))!.Updates[0].Update.Extra);
        await World.Operations.CancelBackfillAsync(id, false, "test", default);
    }

    private Task<RegisteredDag> KeyedAsync() => World.DagAsync(Graph.Parse("d", "a") with { Arguments = Schema, RunKey = "customer" });

    private async Task<long> StartAsync(PostgresOperations operations, string arguments)
    {
        var run = await operations.StartRunAsync(new NewRun("d") { Arguments = arguments }, "test", default);
        World.Knows(run.RunId, "d");
        return run.RunId;
    }

    private byte[] Bytes(string json, string? field = null)
    {
        var whole = _payloads.Encode(Encoding.UTF8.GetBytes(json))!;
        return field is null ? whole : Encoding.UTF8.GetBytes(new JsonObject { [field] = JsonNode.Parse(whole) }.ToJsonString());
    }

    private static async Task<string> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<RefusedException>(act)).Message;

    /// <summary>All rows of all tables of ours, as a dump of the database would have them.</summary>
    private Task<string> EverythingAsync() => World.OneAsync<string>("select schema_to_xml('pipelines', true, true, '')::text");
}
