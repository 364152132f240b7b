using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Plans;

/// <summary>
/// A store after a million task instances, with some work going on: 40 running diamonds of which a worker holds ten, 1,000 instances queued behind
/// a full pool, 1,000 queued of one key, 1,000 waiting for a retry. Nothing of it is analysed unless a test does so.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class MillionInstances : IAsyncLifetime
{
    public World World { get; } = new();

    public Hand Worker { get; private set; } = null!;

    /// <summary>An ended run in the middle of the history.</summary>
    public long OldRun { get; private set; }

    public RegisteredDag Diamond { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await World.InitializeAsync();
        Diamond = await World.DagAsync("diamond", "a; b < a; c < a; d < a; e < a; f < b c d e", cron: "0 2 * * *");
        await World.ExecuteAsync(
            """
            do $$ declare t text; begin
              foreach t in array array['dag_run', 'task_instance', 'ready_queue', 'timer', 'event_default', 'log_chunk_default'] loop
                execute format('alter table %I set (autovacuum_enabled = off)', t);
              end loop;
              execute (select string_agg(format('alter table %s set (autovacuum_enabled = off)', inhrelid::regclass), ';')
                       from pg_inherits where inhparent in ('event'::regclass, 'log_chunk'::regclass));
            end $$;
            """);
        await LoadAsync(
            """
            insert into dag_run(dag_no, version_id, kind, state, scheduled_for, created_by, created_at, started_at, finished_at)
            select $1, $2, 's', 's', now() - make_interval(mins => i), 'history', now(), now(), now() from generate_series(1, 166667) i
            """,
            Diamond.DagNo, Diamond.VersionId);
        await LoadAsync(
            """
            insert into task_instance(run_id, task_no, state, trigger_rule, lane_id, priority, attempt, tries, unmet, queued_at, started_at, finished_at)
            select run_id, n, 's', 0, 1, 0, 1, 1, 0, now(), now(), now() from dag_run, generate_series(0, 5) n
            """);
        await LoadAsync(
            """
            insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state)
            select now(), run_id, n, -1, 1, 'r', 's' from dag_run, generate_series(0, 5) n
            """);
        await LoadAsync(
            """
            insert into log_chunk(at, run_id, task_no, map_index, attempt, first_line, lines, warnings, errors, body)
            select now(), run_id, 0, -1, 1, 0, 1, 0, 0, '' from dag_run where run_id % 2 = 0
            """);
        OldRun = 80_000;

        Worker = await World.WorkerAsync();
        await World.DagAsync("later", "a");
        await World.RunsAsync("later", 1_000);
        var taken = await Worker.TakeAsync(1_000);
        await Worker.AdvanceAsync(0, [.. taken.Select(a => Hand.Report(a, TaskState.RetryWait, delay: 3_600))]);
        await World.DagAsync("pooled", "a @full");
        await World.Operations.SetPoolAsync("full", 1, "test", default);
        await World.RunsAsync("pooled", 1_001);
        await Worker.TakeAsync(1);
        await World.DagAsync(Graph.Parse("keyed", "a") with { Arguments = JsonNode.Parse("""{"type":"object","properties":{"customer":{"type":"string"}}}"""), FairnessKey = "customer" });
        await World.RunsAsync("diamond", 40);
        await Worker.TakeAsync(10);
        await World.RunsAsync("keyed", 1_000);
        await World.ExecuteAsync("vacuum (index_cleanup on) dag_run, task_instance, ready_queue, timer");   // else what counts is how many dead index entries earlier reads could mark
    }

    public Task DisposeAsync() => World.DisposeAsync();

    /// <summary>On an engine connection: those have no time limit of the server's.</summary>
    private Task<int> LoadAsync(string sql, params object[] values) => World.Db.EngineAsync(
        async connection =>
        {
            await using var command = World.Command(connection, sql, values);
            command.CommandTimeout = 300;
            return await command.ExecuteNonQueryAsync();
        },
        default);
}
