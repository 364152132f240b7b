using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <content>Home, lists and the pages of a DAG: of DAGs that are not seen nothing is counted.</content>
internal sealed partial class GuardedConsole
{
    /// <summary>So many pages are read to fill one, so many rows at least: a list of few among many DAGs may be short, and goes on at its link.</summary>
    private const int MostLooks = 5;
    private const int LeastLook = 200;

    public async Task<Grid?> GridAsync(string dagId, GridWindow window, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.GridAsync(dagId, window, cancellation) : null;

    public async Task<IReadOnlyList<TaskRun>> TaskRunsAsync(string dagId, string taskId, DateTimeOffset? end, int runs, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.TaskRunsAsync(dagId, taskId, end, runs, cancellation) : [];

    public async Task<IReadOnlyDictionary<string, char>> RunStatesAsync(long runId, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.RunStatesAsync(runId, cancellation) : new Dictionary<string, char>();

    public async Task<IReadOnlyList<DagLine>> DagLinesAsync(CancellationToken cancellation) =>
        await sight.OfAsync(await inner.DagLinesAsync(cancellation), dag => dag.Spec.Id, cancellation);

    public async Task<IReadOnlyDictionary<string, IReadOnlyList<RunMark>>> RecentRunsAsync(IReadOnlyList<string> dags, int runs, CancellationToken cancellation) =>
        await inner.RecentRunsAsync(await sight.OfAsync(dags, dag => dag, cancellation), runs, cancellation);

    public async Task<Figures> FiguresAsync(DateTimeOffset since, IReadOnlyList<string>? dags, CancellationToken cancellation) =>
        await inner.FiguresAsync(since, await SeenAsync(dags, cancellation), cancellation);

    public async Task<IReadOnlyList<FailedTask>> FailuresAsync(DateTimeOffset since, IReadOnlyList<string>? dags, CancellationToken cancellation) =>
        await inner.FailuresAsync(since, await SeenAsync(dags, cancellation), cancellation);

    public async Task<IReadOnlyList<RunningRun>> RunningAsync(IReadOnlyList<string>? dags, int limit, CancellationToken cancellation) =>
        await inner.RunningAsync(await SeenAsync(dags, cancellation), limit, cancellation);

    public async Task<IReadOnlyList<RetryingTask>> RetryingAsync(IReadOnlyList<string>? dags, int limit, CancellationToken cancellation) =>
        await inner.RetryingAsync(await SeenAsync(dags, cancellation), limit, cancellation);

    public Task<SideCounts> SideCountsAsync(CancellationToken cancellation) => inner.SideCountsAsync(cancellation);

    public Task<string> PulseAsync(CancellationToken cancellation) => inner.PulseAsync(cancellation);

    public async Task<RunList> RunListAsync(RunFilter filter, int limit, CancellationToken cancellation)
    {
        var seen = new List<RunSummary>();
        RunPlace? older = null;
        for (var look = 0; look < MostLooks && (look == 0 || older is not null) && seen.Count <= limit; look++)
        {
            var page = await inner.RunListAsync(look == 0 ? filter : filter with { Before = older }, Math.Max(limit, LeastLook), cancellation);
            seen.AddRange(await sight.OfAsync(page.Runs, run => run.DagId, cancellation));
            older = page.Older;
        }

        return seen.Count > limit ? new RunList(seen[..limit], new(seen[limit - 1].ScheduledFor, seen[limit - 1].RunId)) : new RunList(seen, older);
    }

    public async Task<IReadOnlyList<EventRow>> DagEventsAsync(string dagId, DateTimeOffset? before, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.DagEventsAsync(dagId, before, limit, cancellation) : [];

    public async Task<IReadOnlyList<CalendarDay>> CalendarAsync(string dagId, string zone, DateOnly from, DateOnly to, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.CalendarAsync(dagId, zone, from, to, cancellation) : [];

    public async Task<IReadOnlyList<RunLength>> RunLengthsAsync(string dagId, int runs, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.RunLengthsAsync(dagId, runs, cancellation) : [];

    public async Task<IReadOnlyList<(string DagId, string TaskId)>> FindTasksAsync(string text, int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.FindTasksAsync(text, limit, cancellation), found => found.DagId, cancellation);

    /// <summary>Of all DAGs, or those named, the ones that are seen; null: all, by somebody who sees all.</summary>
    private async Task<IReadOnlyList<string>?> SeenAsync(IReadOnlyList<string>? dags, CancellationToken cancellation) => dags is not null
        ? await sight.OfAsync(dags, dag => dag, cancellation)
        : sight.Restricted ? [.. (await DagLinesAsync(cancellation)).Select(dag => dag.Spec.Id)] : null;
}
