using Npgsql;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public Task<Grid?> GridAsync(string dagId, int runs, DateTimeOffset? end, CancellationToken cancellation) => GridAsync(dagId, new GridWindow(runs, end), cancellation);

    public Task<Grid?> GridAsync(string dagId, GridWindow window, CancellationToken cancellation) => db.ReadAsync(
        async connection =>
        {
            if (await DagAsync(connection, dagId, cancellation) is not var (dagNo, dag))
                return null;
            var rows = await QueryAsync(
                connection, "console/grid_runs", row => (Run: Run(row), Version: row.GetInt32(14), Strip: TextOrNull(row, 15)), cancellation,
                dagNo, Text(dagId), Moment(window.End?.UtcDateTime), window.Runs, Text(window.Kind?.ToString()), Text(window.State?.ToString()),
                window.Kind is null && window.State is null ? window.Runs : GridWindow.Searched);
            rows.Reverse();
            var tasks = await TasksAsync(connection, [.. rows.Select(row => row.Version).Append(dag.VersionId).Distinct()], cancellation);
            var shown = Union(tasks[dag.VersionId], rows.Select(row => tasks[row.Version]));
            return new Grid(dag, shown, [.. rows.Select(row => new GridRun(row.Run, Strip(row.Strip, tasks[row.Version], shown), row.Version))]);
        },
        cancellation);

    /// <summary>The current version's tasks in their order, then those that only older runs have.</summary>
    private static List<GridTask> Union(GridTask[] current, IEnumerable<GridTask[]> others)
    {
        var all = current.ToList();
        var known = all.Select(task => task.TaskId).ToHashSet(StringComparer.Ordinal);
        foreach (var task in others.Distinct().SelectMany(tasks => tasks))
        {
            if (known.Add(task.TaskId))
                all.Add(task);
        }

        return all;
    }

    /// <summary>A run's states in the order of the tasks shown. A queued run has no instances yet: its tasks are to come.</summary>
    private static string Strip(string? states, GridTask[] own, List<GridTask> shown)
    {
        var byTask = new Dictionary<string, char>(own.Length, StringComparer.Ordinal);
        for (var i = 0; i < own.Length; i++)
            byTask[own[i].TaskId] = states is null ? TaskState.Scheduled : i < states.Length ? states[i] : '.';
        return string.Create(shown.Count, (shown, byTask), static (strip, given) =>
        {
            for (var i = 0; i < strip.Length; i++)
                strip[i] = given.byTask.GetValueOrDefault(given.shown[i].TaskId, '.');
        });
    }

    private async Task<IReadOnlyDictionary<int, GridTask[]>> TasksAsync(NpgsqlConnection connection, int[] versions, CancellationToken cancellation)
    {
        var found = new Dictionary<int, GridTask[]>(versions.Length);
        foreach (var version in versions)
        {
            if (_tasks.TryGetValue(version, out var tasks))
                found[version] = tasks;
        }

        if (found.Count == versions.Length)
            return found;
        int[] missing = [.. versions.Where(version => !found.ContainsKey(version))];
        var rows = await QueryAsync(
            connection, "console/version_tasks", row => (Version: row.GetInt32(0), Task: new GridTask(row.GetString(1), row.GetBoolean(2), RoleOf(row.GetInt16(3)))), cancellation, missing);
        if (_tasks.Count >= CachedVersions)
            _tasks.Clear();
        var read = rows.ToLookup(row => row.Version, row => row.Task);
        foreach (var version in missing)
            found[version] = _tasks[version] = [.. read[version]];
        return found;
    }

    /// <summary>The roles that have rules of their own, by the number of the rule.</summary>
    private static TaskRole RoleOf(short rule) => rule switch
    {
        12 => TaskRole.Teardown,
        13 or 15 => TaskRole.OnFailure,
        14 or 16 => TaskRole.OnSuccess,
        17 => TaskRole.Undo,
        _ => TaskRole.Task,
    };
}
