using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>New runs that begin with what another one came to.</content>
public sealed partial class PostgresOperations
{
    private sealed record RunToFork(string DagId, int VersionId, char State, string? Arguments, int BaseVersion);

    /// <summary>A dry run is the work itself, taken back: what would be refused is.</summary>
    public Task<ForkedRun> ForkRunAsync(ForkRequest request, Actor by, CancellationToken cancellation) => request.DryRun
        ? db.ActAsync(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
                var made = await ForkAsync(connection, request, by, cancellation).ConfigureAwait(false);
                await transaction.RollbackAsync(cancellation).ConfigureAwait(false);
                return made with { RunId = null };
            },
            cancellation)
        : InTransactionAsync(Act.OfRun(by, $"fork from {request.FromTask}", request.RunId), connection => ForkAsync(connection, request, by, cancellation), cancellation);

    private async Task<ForkedRun> ForkAsync(NpgsqlConnection connection, ForkRequest request, Actor by, CancellationToken cancellation)
    {
        var (runId, from) = (request.RunId, request.FromTask);
        if (await connection.Statement("operations/run_to_repeat", runId).ListAsync(
            row => new RunToFork(row.GetString(0), row.GetInt32(1), row.GetChar(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetInt32(4)), cancellation).ConfigureAwait(false) is not [var old])
            throw await NoRunAsync(connection, runId, cancellation).ConfigureAwait(false);
        if (old.State == 'q')
            throw new RefusedException($"run {runId} has not started; there is nothing to take over from it");
        var dag = await LockDagAsync(connection, old.DagId, cancellation).ConfigureAwait(false);
        if (dag.Retired)
            throw new RefusedException($"the DAG '{old.DagId}' is retired: its folder is gone. Put its assembly back to start runs");
        var was = await SpecOfAsync(connection, old.VersionId, cancellation).ConfigureAwait(false);
        var (version, spec) = request.OnOriginalVersion ? (old.BaseVersion, await SpecOfAsync(connection, old.BaseVersion, cancellation).ConfigureAwait(false)) : (dag.VersionId, dag.Spec);
        if (spec.Tasks.All(task => task.Id != from))
            throw new RefusedException($"in the DAG '{old.DagId}' {UnknownName.Message("task", from, [.. spec.Tasks.Select(task => task.Id)])}");
        var arguments = Kept(spec, RunArguments.Check(old.DagId, spec.Arguments, Merged(old.Arguments, request.Arguments)));
        // What people have agreed to was for the arguments of then.
        var asked = request.Arguments is null ? [] : spec.Tasks.Where(task => task.Wait?.Kind == WaitKind.Approval).Select(task => task.Id);
        var again = ClearSet.Of(runId, spec, [from, .. asked], -1, downstream: true, upstream: false).Select(key => key.TaskNo).ToHashSet();
        var then = was.Tasks.Select((task, no) => (task, no)).ToDictionary(pair => pair.task.Id, StringComparer.Ordinal);
        var taken = spec.Tasks.Select((task, no) => (task, no))
            .Where(now => !again.Contains(now.no) && now.task.Role != TaskRole.Undo && !(now.task.Role is TaskRole.OnFailure or TaskRole.OnSuccess && now.task.Upstreams.Count == 0)
                && then.TryGetValue(now.task.Id, out var before) && before.task.Mapped == now.task.Mapped)
            .Select(now => (Old: then[now.task.Id].no, New: now.no)).ToList();
        var reuse = request.ReuseSteps || request.FromStep is not null;
        if (reuse && (!then.TryGetValue(from, out var begun) || begun.task.Mapped != spec.Tasks[Number(spec, from)].Mapped))
            throw new RefusedException($"the task '{from}' was not there in run {runId}, or was mapped in another way: it has no steps to keep. Fork it without");
        var kept = reuse ? await KeptAsync(connection.Statement("operations/steps_to_fork", runId, then[from].no, Text(request.FromStep)), was, cancellation).ConfigureAwait(false) : [];
        var made = await connection.Statement(
            "operations/fork_run", runId, version, Json(arguments), taken.Select(pair => pair.Old).ToArray(), taken.Select(pair => pair.New).ToArray(),
            Typed(reuse ? then[from].no : null, NpgsqlDbType.Integer), Typed(reuse ? Number(spec, from) : null, NpgsqlDbType.Integer), reuse, Text(request.FromStep), by.Name,
            $"run {runId} again from task {from}" + (by.Why is { } why ? $": {why}" : "")).ScalarAsync<long>(cancellation).ConfigureAwait(false);
        var done = (await connection.Statement("operations/presets", made).ListAsync(row => row.GetInt32(0), cancellation).ConfigureAwait(false)).ToHashSet();
        await WakeSchedulerAsync(connection, cancellation).ConfigureAwait(false);
        List<string> Named(bool over) => [.. spec.Tasks.Where((task, no) => task.Role is TaskRole.Task or TaskRole.Teardown && done.Contains(no) == over).Select(task => task.Id)];
        return new ForkedRun(made, version, Named(true), Named(false), kept);
    }

    private static async Task<DagSpec> SpecOfAsync(NpgsqlConnection connection, int version, CancellationToken cancellation) =>
        SpecJson.Read((await connection.Statement("operations/version_spec", version).ScalarAsync<string>(cancellation).ConfigureAwait(false))!);

    /// <summary>The arguments of the run, with those instead that are given.</summary>
    private static string? Merged(string? old, string? given)
    {
        if (given is null)
            return old;
        try
        {
            var merged = old is null ? [] : JsonNode.Parse(old)!.AsObject();
            foreach (var (name, value) in GivenJson.Parse(given) as JsonObject ?? throw new JsonException("it is no object"))
            {
                // Names as people write them are the run's own: there must not be two of one name.
                foreach (var same in merged.Select(field => field.Key).Where(key => key.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList())
                    merged.Remove(same);
                merged[name] = value?.DeepClone();
            }

            return merged.ToJsonString();
        }
        catch (JsonException e)
        {
            throw new RefusedException($"the arguments must be a JSON object, such as {{\"days\": 3}}: {e.Message}");
        }
    }
}
