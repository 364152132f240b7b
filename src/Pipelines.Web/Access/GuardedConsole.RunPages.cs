using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <content>The pages of one run, and the versions of a DAG. Runs of other DAGs around a run are left out where those are not seen.</content>
internal sealed partial class GuardedConsole
{
    public async Task<RunTasks?> RunTasksAsync(long runId, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) && await inner.RunTasksAsync(runId, cancellation) is { } tasks
            ? tasks with { Detail = (await OfAsync(tasks.Detail, cancellation))! } : null;

    public async Task<IReadOnlyList<StateMove>> MovesAsync(long runId, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.MovesAsync(runId, limit, cancellation) : [];

    public async Task<RunFamily?> FamilyAsync(long runId, CancellationToken cancellation)
    {
        if (!await sight.SeesAsync("run", runId, cancellation) || await inner.FamilyAsync(runId, cancellation) is not { } family)
            return null;
        var parent = family.Parent is { } run && await sight.SeesAsync(run.DagId, cancellation) ? run : null;
        var children = await sight.OfAsync(family.Children, child => child.DagId, cancellation);
        // How many end with it is told of hidden ones too: nobody shall cancel them without knowing it.
        return family with { Parent = parent, Children = children, Started = children.Count };
    }

    public async Task<Lineage> LineageAsync(long runId, CancellationToken cancellation) => await FamilyAsync(runId, cancellation) is { } family ? new Lineage(family.Parent, family.Children) : Lineage.None;

    public async Task<string?> RunFingerprintAsync(long runId, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.RunFingerprintAsync(runId, cancellation) : null;

    public async Task<IReadOnlyList<InstanceKey>> FailedAsync(long runId, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.FailedAsync(runId, cancellation) : [];

    public async Task<RunLog> RunLogAsync(long runId, char level, long? from, int lines, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.RunLogAsync(runId, level, from, lines, cancellation) : new RunLog([], 1, 0, 0, 0);

    public async Task<IReadOnlyList<VersionRow>> VersionsAsync(string dagId, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.VersionsAsync(dagId, limit, cancellation) : [];

    public async Task<VersionDetail?> VersionAsync(string dagId, int versionId, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.VersionAsync(dagId, versionId, cancellation) : null;
}
