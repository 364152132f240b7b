using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>A running instance, as the holder of a pool's slot.</summary>
internal sealed record PoolHolder(long RunId, string TaskId, int MapIndex);

/// <summary>All that an explanation of one task instance may have to look at.</summary>
/// <param name="Run">The run with all its instances.</param>
/// <param name="Task">The task in the run's version; null: only an older version had it.</param>
/// <param name="Instance">Null: the run has not started, so there is none.</param>
/// <param name="Paused">Whether the DAG is paused.</param>
/// <param name="Backfill">The run's backfill.</param>
/// <param name="ActiveRuns">Running runs that count against the same limit as this one.</param>
/// <param name="MaxActiveRuns">That limit.</param>
/// <param name="Events">The run's events, oldest first.</param>
/// <param name="Now">The database's time.</param>
internal sealed record WhyFacts(
    RunDetail Run, TaskSpec? Task, InstanceRow? Instance, bool Paused, BackfillRow? Backfill, IReadOnlyList<long> ActiveRuns, int MaxActiveRuns,
    PoolRow? Pool, IReadOnlyList<PoolHolder> Holders, IReadOnlyList<WorkerRow> Workers, IReadOnlyList<EventRow> Events, DateTimeOffset Now)
{
    /// <summary>The same task in the run before, where it waits for that.</summary>
    public PastRow? Past { get; init; }

    /// <summary>The runs of another DAG that it waits for.</summary>
    public WaitRow? Wait { get; init; }

    /// <summary>The limit in whose line it stands.</summary>
    public LimitLine? Line { get; init; }

    /// <summary>Its place among the keys that take turns.</summary>
    public TurnRow? Turn { get; init; }

    // Looking for the holders of a pool goes through this many running runs at most.
    private const int RunsSearched = 50;

    public static async Task<WhyFacts> LoadAsync(Session session, long runId, string taskId, InstanceRow? instance)
    {
        var run = await session.RunAsync(runId);
        var dag = await session.Console.DagAsync(run.Run.DagId, session.Cancellation);
        var task = run.Spec.Tasks.FirstOrDefault(one => one.Id == taskId);
        var backfill = run.Run.BackfillId is { } id ? await session.Console.BackfillAsync(id, session.Cancellation) : null;
        var active = run.Run.State == 'q'
            ? await session.Console.RunsAsync(run.Run.DagId, 'r', run.Run.BackfillId, 1000, session.Cancellation)
            : [];
        var pool = task?.Pool is { } name && instance?.State == TaskState.Queued
            ? (await session.Console.PoolsAsync(session.Cancellation)).FirstOrDefault(one => one.Name == name)
            : null;
        return new WhyFacts(
            run, task, instance, dag?.Paused ?? false, backfill, [.. active.Where(one => one.BackfillId == run.Run.BackfillId).Select(one => one.RunId)],
            backfill?.MaxActive ?? dag?.Spec.MaxActiveRuns ?? 0, pool, pool is null ? [] : await HoldersAsync(session, pool.Name),
            await session.Console.WorkersAsync(session.Cancellation), await session.Console.RunEventsAsync(runId, 10_000, session.Cancellation),
            await session.Console.NowAsync(session.Cancellation))
        {
            Line = instance?.State == TaskState.Queued ? await session.Console.LimitLineAsync(instance.Key, session.Cancellation) : null,
            Turn = instance?.State == TaskState.Queued ? await session.Console.TurnAsync(instance.Key, session.Cancellation) : null,
            Wait = instance?.State == TaskState.Waiting ? await session.Console.WaitAsync(instance.Key, session.Cancellation) : null,
            Past = instance?.State == TaskState.Waiting && task?.Wait is null ? await session.Console.PastAsync(runId, taskId, session.Cancellation) : null,
        };
    }

    private static async Task<IReadOnlyList<PoolHolder>> HoldersAsync(Session session, string pool)
    {
        var holders = new List<PoolHolder>();
        foreach (var run in await session.Console.RunsAsync(null, 'r', null, RunsSearched, session.Cancellation))
        {
            if (await session.Console.RunAsync(run.RunId, session.Cancellation) is not { } detail)
                continue;
            var tasks = detail.Spec.Tasks.Where(task => task.Pool == pool).Select(task => (task.Id, task.Mapped)).ToHashSet();
            // The row of a mapped task as a whole shows as running, but its elements hold the slots.
            holders.AddRange(detail.Instances
                .Where(one => one.State == TaskState.Running && tasks.Contains((one.TaskId, one.Key.MapIndex >= 0)))
                .Select(one => new PoolHolder(run.RunId, one.TaskId, one.Key.MapIndex)));
        }

        return holders;
    }
}
