using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>
/// What somebody reads who sees some DAGs only: of others there is nothing, neither in lists nor by name or number. Who sees all
/// DAGs reads without it. What belongs to no DAG (pools, workers, limits that DAGs share) is everybody's.
/// </summary>
internal sealed partial class GuardedConsole(IConsole inner, Sight sight) : IConsole
{
    public async Task<IReadOnlyList<DagSummary>> DagsAsync(CancellationToken cancellation) =>
        await sight.OfAsync(await inner.DagsAsync(cancellation), dag => dag.DagId, cancellation);

    public async Task<DagDetail?> DagAsync(string dagId, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.DagAsync(dagId, cancellation) : null;

    public async Task<DueDag?> SchedulingAsync(string dagId, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.SchedulingAsync(dagId, cancellation) : null;

    public async Task<IReadOnlyList<ImportError>> ImportErrorsAsync(CancellationToken cancellation) =>
        await sight.OfAsync(await inner.ImportErrorsAsync(cancellation), error => error.DagId, cancellation);

    public async Task<Grid?> GridAsync(string dagId, int runs, DateTimeOffset? end, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.GridAsync(dagId, runs, end, cancellation) : null;

    public async Task<IReadOnlyList<RunSummary>> RunsAsync(string? dagId, char? state, long? backfillId, int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.RunsAsync(dagId, state, backfillId, limit, cancellation), run => run.DagId, cancellation);

    public async Task<RunDetail?> RunAsync(long runId, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await OfAsync(await inner.RunAsync(runId, cancellation), cancellation) : null;

    public async Task<RunDetail?> TaskAsync(long runId, string taskId, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await OfAsync(await inner.TaskAsync(runId, taskId, cancellation), cancellation) : null;

    public async Task<PastRow?> PastAsync(long runId, string taskId, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.PastAsync(runId, taskId, cancellation) : null;

    /// <summary>Of a wait for a DAG that is not seen only that there is one.</summary>
    public async Task<WaitRow?> WaitAsync(InstanceKey key, CancellationToken cancellation)
    {
        if (!await sight.SeesAsync("run", key.RunId, cancellation) || await inner.WaitAsync(key, cancellation) is not { } wait)
            return null;
        return await sight.SeesAsync(wait.DagId, cancellation) ? wait : wait with { Runs = [], Paused = false, Hidden = true };
    }

    public async Task<IReadOnlyList<EventRow>> RunEventsAsync(long runId, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.RunEventsAsync(runId, limit, cancellation) : [];

    public async Task<IReadOnlyList<AttemptRow>> AttemptsAsync(InstanceKey key, CancellationToken cancellation) =>
        await sight.SeesAsync("run", key.RunId, cancellation) ? await inner.AttemptsAsync(key, cancellation) : [];

    public async Task<LogPage> LogAsync(InstanceKey key, short attempt, int firstLine, int lines, CancellationToken cancellation) =>
        await sight.SeesAsync("run", key.RunId, cancellation) ? await inner.LogAsync(key, attempt, firstLine, lines, cancellation) : new LogPage([], 0, 0, 0, null);

    public async Task<IReadOnlyList<ArtefactRow>> ArtefactsAsync(InstanceKey key, CancellationToken cancellation) =>
        await sight.SeesAsync("run", key.RunId, cancellation) ? await inner.ArtefactsAsync(key, cancellation) : [];

    public async Task<(string ContentType, byte[] Content)?> ArtefactAsync(InstanceKey key, string name, CancellationToken cancellation) =>
        await sight.SeesAsync("run", key.RunId, cancellation) ? await inner.ArtefactAsync(key, name, cancellation) : null;

    public async Task<IReadOnlyList<BackfillRow>> BackfillsAsync(string? dagId, int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.BackfillsAsync(dagId, limit, cancellation), backfill => backfill.DagId, cancellation);

    public async Task<BackfillRow?> BackfillAsync(long id, CancellationToken cancellation) =>
        await inner.BackfillAsync(id, cancellation) is { } backfill && await sight.SeesAsync(backfill.DagId, cancellation) ? backfill : null;

    public async Task<IReadOnlyDictionary<DateTimeOffset, char>> ExistingRunsAsync(string dagId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.ExistingRunsAsync(dagId, from, to, cancellation) : new Dictionary<DateTimeOffset, char>();

    public async Task<double?> TypicalRunAsync(string dagId, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.TypicalRunAsync(dagId, cancellation) : null;

    public Task<IReadOnlyList<PoolRow>> PoolsAsync(CancellationToken cancellation) => inner.PoolsAsync(cancellation);

    public async Task<IReadOnlyList<LimitRow>> LimitsAsync(CancellationToken cancellation)
    {
        var rows = new List<LimitRow>();
        foreach (var row in await inner.LimitsAsync(cancellation))
        {
            if (await sight.SeesLimitAsync(row.Name, cancellation))
                rows.Add(row);
        }

        return rows;
    }

    /// <summary>An asset's page names the DAGs around it: those that are not seen are left out.</summary>
    public async Task<IReadOnlyList<AssetRow>> AssetsAsync(CancellationToken cancellation)
    {
        var rows = new List<AssetRow>();
        foreach (var row in await inner.AssetsAsync(cancellation))
        {
            if (await OfAsync(row, cancellation) is { Producers.Count: > 0 } or { Consumers.Count: > 0 })
                rows.Add(await OfAsync(row, cancellation));
        }

        return rows;
    }

    public async Task<AssetDetail?> AssetAsync(string name, int updates, CancellationToken cancellation)
    {
        if (await inner.AssetAsync(name, updates, cancellation) is not { } asset || await OfAsync(asset.Asset, cancellation) is not ({ Producers.Count: > 0 } or { Consumers.Count: > 0 }))
            return null;
        var told = new List<(AssetUpdate Update, IReadOnlyList<long> Runs)>();
        foreach (var (update, runs) in asset.Updates)
        {
            if (!await SeesAsync(update, cancellation))
                continue;
            var seen = new List<long>();
            foreach (var run in runs)
            {
                if (await sight.SeesAsync("run", run, cancellation))
                    seen.Add(run);
            }

            told.Add((update, seen));
        }

        return asset with { Asset = await OfAsync(asset.Asset, cancellation), Waits = await sight.OfAsync(asset.Waits, wait => wait.DagId, cancellation), Updates = told };
    }

    public async Task<LimitLine?> LimitLineAsync(InstanceKey key, CancellationToken cancellation) =>
        await sight.SeesAsync("run", key.RunId, cancellation) && await inner.LimitLineAsync(key, cancellation) is { } line ? line with { Holders = [] } : null;

    public async Task<TurnRow?> TurnAsync(InstanceKey key, CancellationToken cancellation) =>
        await sight.SeesAsync("run", key.RunId, cancellation) ? await inner.TurnAsync(key, cancellation) : null;

    public async Task<IReadOnlyList<NotificationRow>> NotificationsAsync(long? runId, bool failed, int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.NotificationsAsync(runId, failed, limit, cancellation), row => row.DagId, cancellation);

    public async Task<NotificationRow?> NotificationAsync(long id, CancellationToken cancellation) =>
        await inner.NotificationAsync(id, cancellation) is { } row && await sight.SeesAsync(row.DagId, cancellation) ? row : null;

    public async Task<IReadOnlyList<NotificationTry>> NotificationTriesAsync(long id, CancellationToken cancellation) =>
        await sight.SeesAsync("notification", id, cancellation) ? await inner.NotificationTriesAsync(id, cancellation) : [];

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellation) => inner.WorkersAsync(cancellation);

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellation) => inner.NowAsync(cancellation);

    /// <summary>Of the updates that have started a run those that no task of a DAG that is not seen has made.</summary>
    private async Task<RunDetail?> OfAsync(RunDetail? run, CancellationToken cancellation)
    {
        if (run is null or { Updates.Count: 0 })
            return run;
        var seen = new List<AssetUpdate>();
        foreach (var update in run.Updates)
        {
            if (await SeesAsync(update, cancellation))
                seen.Add(update);
        }

        return run with { Updates = seen };
    }

    /// <summary>One that was told from outside is everybody's.</summary>
    private async Task<bool> SeesAsync(AssetUpdate update, CancellationToken cancellation) => update.RunId is null || await sight.SeesAsync(update.DagId, cancellation);

    private async Task<AssetRow> OfAsync(AssetRow row, CancellationToken cancellation) => row with
    {
        Producers = await sight.OfTasksAsync(row.Producers, cancellation), Consumers = await sight.OfAsync(row.Consumers, dag => dag, cancellation),
    };
}
