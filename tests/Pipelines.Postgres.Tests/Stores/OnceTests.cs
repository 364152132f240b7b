using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Stores;

/// <summary>What a person does is done once by its request's name, and told with who, from where, before and after.</summary>
[SupportedOSPlatform("linux")]
public sealed class OnceTests(World world) : EngineTest(world)
{
    private static readonly Actor Ann = new("web:ann", "ticket 815") { From = "10.1.2.3" };

    private readonly PostgresAccess _access = new(world.Db);
    private readonly PostgresOperations _operations = new(world.Db);

    [Fact]
    public async Task A_request_of_a_known_name_gets_its_first_answer_and_one_that_asks_for_something_else_is_refused()
    {
        var dag = await DagAsync();
        var first = await _operations.StartRunAsync(new NewRun(dag), Ann with { Once = "click" }, default);
        var again = await _operations.StartRunAsync(new NewRun(dag), Ann with { Once = "click" }, default);
        Assert.Equal(first, again);
        Assert.NotEqual(first.RunId, (await _operations.StartRunAsync(new NewRun(dag), Ann with { Once = "another" }, default)).RunId);
        Assert.NotEqual(first.RunId, (await _operations.StartRunAsync(new NewRun(dag), new Actor("web:bob") { Once = "click" }, default)).RunId);
        Assert.Contains(
            "something else", (await Assert.ThrowsAsync<RefusedException>(() => _operations.CancelRunAsync(first.RunId, Ann with { Once = "click" }, default))).Message, StringComparison.Ordinal);
        Assert.Equal(3, await World.OneAsync<long>("select count(*) from dag_run where state = 'q'"));
    }

    [Fact]
    public async Task Ten_clicks_at_once_start_one_run()
    {
        var dag = await DagAsync();
        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _operations.StartRunAsync(new NewRun(dag), Ann with { Once = "click" }, default)));
        Assert.Single(made.Select(run => run.RunId).Distinct());
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag_run"));
    }

    [Fact]
    public async Task A_request_that_was_refused_may_be_asked_again()
    {
        await Assert.ThrowsAsync<RefusedException>(() => _operations.StartRunAsync(new NewRun("later"), Ann with { Once = "click" }, default));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from request"));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from audit"));
        var dag = await DagAsync();
        Assert.True((await _operations.StartRunAsync(new NewRun(dag), Ann with { Once = "click" }, default)).IsNew);
    }

    [Fact]
    public async Task The_audit_tells_who_did_what_from_where_why_and_how_it_was_before_and_after()
    {
        var dag = await DagAsync();
        await _operations.PauseAsync(dag, Ann, default);
        var run = await _operations.StartRunAsync(new NewRun(dag), Ann, default);
        await _operations.CancelRunAsync(run.RunId, Ann, default);
        await _operations.SetPoolAsync("warehouse", 3, Ann, default);
        await _operations.SetPoolAsync("warehouse", 5, Ann, default);
        var told = await _access.AuditAsync(new AuditFilter(null, "ann", null, null, 10), default);
        Assert.All(told, row => Assert.Equal(("web:ann", "10.1.2.3", "ticket 815"), (row.Actor, row.Address, row.Why)));
        Assert.Equal(
            [
                ("set slots", "pool", "warehouse", """{"slots": 3}""", """{"slots": 5}"""), ("set slots", "pool", "warehouse", null, """{"slots": 3}"""),
                ("cancel", "run", $"{run.RunId}", "\"q\"", "\"c\""), ("start run", "dag", dag, """{"paused": true}""", """{"paused": true}"""),
                ("pause", "dag", dag, """{"paused": false}""", """{"paused": true}"""),
            ],
            told.Select(row => (row.What, row.Kind, row.Target, State(row.Before), State(row.After))));
        Assert.Equal($"{run.RunId}", told.Single(row => row.What == "start run").Answer);
        Assert.Equal([told[2].Id], (await _access.AuditAsync(new AuditFilter(told[1].Id, null, "cancel", null, 10), default)).Select(row => row.Id));
    }

    [Fact]
    public async Task A_dry_run_is_told_nowhere()
    {
        var dag = await DagAsync();
        var run = await _operations.StartRunAsync(new NewRun(dag), Ann, default);
        await new PostgresSchedulerStore(World.Db).StartRunsAsync(10, default);
        await _operations.ClearTasksAsync(new ClearRequest(run.RunId, "a") { DryRun = true }, Ann with { Once = "look" }, default);
        Assert.Equal(["start run"], (await _access.AuditAsync(new AuditFilter(null, null, null, null, 10), default)).Select(row => row.What));
        await _operations.ClearTasksAsync(new ClearRequest(run.RunId, "a"), Ann, default);
        Assert.Equal("clear a", (await _access.AuditAsync(new AuditFilter(null, null, null, null, 10), default))[0].What);
        await _operations.CancelRunAsync(run.RunId, Ann, default);
    }

    /// <summary>Of a run only its state; all else as it is.</summary>
    private static string? State(string? look) =>
        look is not null && System.Text.Json.Nodes.JsonNode.Parse(look)!["state"] is { } state ? state.ToJsonString() : look;

    private async Task<string> DagAsync()
    {
        await World.DagAsync("d", "a");
        return "d";
    }
}
