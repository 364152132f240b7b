using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>Clearing and marking: what people do to instances and runs out of turn.</content>
public sealed partial class PostgresOperations
{
    private sealed record RunToClear(long RunId, int VersionId, char State, DateTimeOffset ScheduledFor);

    public async Task<IReadOnlyList<ClearedRun>> ClearTasksAsync(ClearRequest request, Actor by, CancellationToken cancellation)
    {
        // The named run is the first; the others follow in the order of their times, each in a transaction of its own.
        var runs = await db.ActAsync(
            connection => connection.Statement("operations/runs_to_clear", request.RunId, request.Past, request.Future).ListAsync(
                row => new RunToClear(row.GetInt64(0), row.GetInt32(1), row.GetChar(2), row.GetFieldValue<DateTimeOffset>(3)), cancellation),
            cancellation).ConfigureAwait(false);
        if (runs.Count == 0)
            throw await db.ActAsync(connection => NoRunAsync(connection, request.RunId, cancellation), cancellation).ConfigureAwait(false);
        var specs = new Dictionary<int, DagSpec>();
        var cleared = new List<ClearedRun>();
        // A dry run changes nothing: there is nothing to tell of it, and asking again may tell something else.
        var act = Act.OfRun(request.DryRun ? by with { Once = null } : by, $"clear {request.TaskId ?? request.Group}{(request.MapIndex < 0 ? "" : $"[{request.MapIndex}]")}", request.RunId) with { Silent = request.DryRun };
        foreach (var run in runs)
        {
            try
            {
                if (await InTransactionAsync(act with { Target = $"{run.RunId}", Part = run.RunId }, connection => ClearAsync(connection, run, request, specs, by, cancellation), cancellation).ConfigureAwait(false) is { } one)
                    cleared.Add(one);
            }
            catch (RefusedException refused) when (run.RunId != request.RunId)
            {
                cleared.Add(new(run.RunId, run.ScheduledFor, [], 0, refused.Message));
            }
        }

        return cleared;
    }

    public Task<int> ClearTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, Actor by, CancellationToken cancellation) =>
        InTransactionAsync(Act.OfRun(by, $"clear {instances.Count} instances", runId), connection => ClearAsync(connection, runId, instances, null, null, by, cancellation), cancellation);

    public Task<char> ClearRunAsync(long runId, bool onCurrentVersion, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfRun(by, "clear", runId),
        async connection =>
        {
            if (await connection.Statement("operations/rerun", runId, by.Name, Text(by.Why), onCurrentVersion).ScalarAsync<bool>(cancellation).ConfigureAwait(false))
                return 'q';
            var state = await connection.Statement("operations/run_state", runId).ScalarAsync<char?>(cancellation).ConfigureAwait(false)
                ?? throw await NoRunAsync(connection, runId, cancellation).ConfigureAwait(false);
            if (state == 'q')
                throw new RefusedException($"run {runId} is queued: all of it runs anyway");
            var tasks = (await connection.Statement("operations/instance_states", runId).ListAsync(row => row.GetInt32(0), cancellation).ConfigureAwait(false)).Distinct();
            await ClearAsync(connection, runId, [.. tasks.Select(no => new InstanceKey(runId, no, -1))], null, null, by, cancellation).ConfigureAwait(false);
            return 'r';
        },
        cancellation);

    public Task<int> MarkTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, char state, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfRun(by, $"mark {instances.Count} instances {TaskState.Word(state)}", runId),
        connection => connection.Statement(
            "operations/mark_tasks", runId, instances.Select(key => key.TaskNo).ToArray(), instances.Select(key => key.MapIndex).ToArray(), state.ToString(), by.Name, Text(by.Why))
            .ScalarAsync<int>(cancellation),
        cancellation);

    public Task<char> MarkRunAsync(long runId, char state, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfRun(by, $"mark {RunState.Word(state)}", runId),
        async connection =>
        {
            if (await connection.Statement("operations/run_state", runId).ScalarAsync<char?>(cancellation).ConfigureAwait(false) is null)
                throw await NoRunAsync(connection, runId, cancellation).ConfigureAwait(false);
            return await connection.Statement("operations/mark_run", runId, state.ToString(), by.Name, Text(by.Why)).ScalarAsync<char>(cancellation).ConfigureAwait(false);
        },
        cancellation);

    /// <summary>Null: the run has nothing of what is asked for.</summary>
    private static async Task<ClearedRun?> ClearAsync(
        NpgsqlConnection connection, RunToClear run, ClearRequest request, Dictionary<int, DagSpec> specs, Actor by, CancellationToken cancellation)
    {
        if (!specs.TryGetValue(run.VersionId, out var spec))
            specs[run.VersionId] = spec = SpecJson.Read((await connection.Statement("operations/version_spec", run.VersionId).ScalarAsync<string>(cancellation).ConfigureAwait(false))!);
        var named = request.RunId == run.RunId;
        var tasks = TasksOf(spec, request, named);
        if (tasks.Count == 0)
            return null;
        // Locked before it is looked at: what has failed shall still have failed when it is cleared.
        if (!request.DryRun)
            await connection.Statement("operations/lock_run", run.RunId).ExecuteAsync(cancellation).ConfigureAwait(false);
        var states = (await connection.Statement("operations/instance_states", run.RunId).ListAsync(
            row => (Key: new InstanceKey(run.RunId, row.GetInt32(0), row.GetInt32(1)), State: row.GetChar(2)), cancellation).ConfigureAwait(false)).ToDictionary(row => row.Key, row => row.State);
        if (request.MapIndex >= 0 && states.Count > 0 && tasks.All(task => !states.ContainsKey(new(run.RunId, Number(spec, task), request.MapIndex))))
            return named ? throw new RefusedException($"the task '{tasks[0]}' of run {run.RunId} has no element {request.MapIndex}") : null;
        var keys = ClearSet.Of(run.RunId, spec, tasks, request.MapIndex, request.Downstream, request.Upstream, request.OnlyFailed ? key => Failed(states, key) : null);
        if (keys.Count == 0)
            return !named ? null : request.Past || request.Future
                ? new(run.RunId, run.ScheduledFor, [], 0, "nothing of that has failed")
                : throw new RefusedException($"nothing of that has failed in run {run.RunId}: there is nothing to clear");
        var keep = request.ReuseSteps || request.FromStep is not null ? Keepers(spec, tasks) : null;
        var kept = keep is null ? [] : await KeptAsync(connection, run.RunId, spec, [.. keys.Where(key => keep.Contains(key.TaskNo))], request.FromStep, cancellation).ConfigureAwait(false);
        var instances = keys.Select(key => new ClearedInstance(spec.Tasks[key.TaskNo].Id, key.MapIndex, states.GetValueOrDefault(key, TaskState.Scheduled))).ToList();
        var count = request.DryRun
            ? keys.Sum(key => key.MapIndex >= 0 ? 1 : states.Keys.Count(one => one.TaskNo == key.TaskNo))
            : await ClearAsync(connection, run.RunId, keys, keep, request.FromStep, by, cancellation).ConfigureAwait(false);
        return new(run.RunId, run.ScheduledFor, instances, count) { Kept = kept };
    }

    /// <param name="connection">The transaction's.</param>
    /// <param name="runId">The run.</param>
    /// <param name="keys">All that is cleared.</param>
    /// <param name="keep">The tasks that keep their steps; null: none does.</param>
    /// <param name="fromStep">Only those before this one; null: all.</param>
    /// <param name="by">Who clears.</param>
    /// <param name="cancellation">Stops it.</param>
    private static Task<int> ClearAsync(
        NpgsqlConnection connection, long runId, IReadOnlyList<InstanceKey> keys, IReadOnlyList<int>? keep, string? fromStep, Actor by, CancellationToken cancellation) => connection.Statement(
        "operations/clear_tasks", runId, keys.Select(key => key.TaskNo).ToArray(), keys.Select(key => key.MapIndex).ToArray(), by.Name, Text(by.Why),
        Typed(keep?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer), Text(fromStep)).ScalarAsync<int>(cancellation);

    /// <summary>Of named tasks those above which there is no other named one: what the others are given changes, and what they did with it is to be done again.</summary>
    private static IReadOnlyList<int> Keepers(DagSpec spec, IReadOnlyCollection<string> named)
    {
        var numbers = named.Select(id => Number(spec, id)).ToHashSet();
        return [.. numbers.Where(no => ClearSet.Related(0, spec, [spec.Tasks[no].Id], -1, downstream: false, upstream: true).All(above => above.TaskNo == no || !numbers.Contains(above.TaskNo))).Order()];
    }

    /// <summary>What instances keep of their steps.</summary>
    /// <exception cref="RefusedException">None of them has done the step.</exception>
    private static Task<IReadOnlyList<KeptSteps>> KeptAsync(
        NpgsqlConnection connection, long runId, DagSpec spec, IReadOnlyList<InstanceKey> keys, string? fromStep, CancellationToken cancellation) =>
        KeptAsync(connection.Statement("operations/steps_to_keep", runId, keys.Select(key => key.TaskNo).ToArray(), keys.Select(key => key.MapIndex).ToArray(), Text(fromStep)), spec, cancellation);

    private static async Task<IReadOnlyList<KeptSteps>> KeptAsync(NpgsqlCommand statement, DagSpec spec, CancellationToken cancellation) =>
        [.. (await statement.ListAsync(
            row => (TaskNo: row.GetInt32(0), MapIndex: row.GetInt32(1), Kind: row.GetChar(2), Name: row.GetString(3)), cancellation).ConfigureAwait(false))
            .GroupBy(row => (row.TaskNo, row.MapIndex)).OrderBy(instance => instance.Key)
            .Select(instance => new KeptSteps(
                spec.Tasks[instance.Key.TaskNo].Id, instance.Key.MapIndex, [.. instance.Where(row => row.Kind == 's').Select(row => row.Name)], instance.Any(row => row.Kind == 'c')))];

    /// <summary>Another run's version may not have the task; that of the named run must.</summary>
    private static IReadOnlyList<string> TasksOf(DagSpec spec, ClearRequest request, bool named)
    {
        var known = spec.Tasks.Select(task => task.Id).ToList();
        IReadOnlyList<string> tasks = request.Group is { } group
            ? [.. known.Where(id => id.StartsWith(group + ".", StringComparison.Ordinal))]
            : [.. known.Where(id => id == request.TaskId)];
        if (tasks.Count > 0 || !named)
            return tasks;
        var groups = known.SelectMany(id => Enumerable.Range(0, id.Length).Where(at => id[at] == '.').Select(at => id[..at])).Distinct().ToList();
        throw new RefusedException($"in the DAG '{spec.Id}' "
            + (request.Group is { } unknown ? UnknownName.Message("group", unknown, groups) : UnknownName.Message("task", request.TaskId ?? "", known)));
    }

    /// <summary>Of a mapped task that has elements those that failed, else the task if it did.</summary>
    private static IEnumerable<InstanceKey> Failed(Dictionary<InstanceKey, char> states, InstanceKey key)
    {
        bool Has(InstanceKey one) => states.GetValueOrDefault(one) is TaskState.Failed or TaskState.UpstreamFailed or TaskState.Cancelled;
        if (key.MapIndex >= 0)
            return Has(key) ? [key] : [];
        var elements = states.Keys.Where(one => one.TaskNo == key.TaskNo && one.MapIndex >= 0).ToList();
        return elements.Count > 0 ? elements.Where(Has) : Has(key) ? [key] : [];
    }

    private static int Number(DagSpec spec, string taskId) => spec.Tasks.Select((task, no) => (task, no)).First(pair => pair.task.Id == taskId).no;
}
