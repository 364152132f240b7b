using System.Globalization;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>
/// What people do, each only by who may: one place for the role that every operation needs. Who sees some DAGs only acts on
/// these only.
/// </summary>
internal sealed class GuardedOperations(IOperations inner, SignedIn? who, Sight sight) : IOperations
{
    public async Task PauseAsync(string dagId, Actor by, CancellationToken cancellation)
    {
        await OnDagAsync(dagId, cancellation);
        await inner.PauseAsync(dagId, by, cancellation);
    }

    public async Task ResumeAsync(string dagId, Actor by, CancellationToken cancellation)
    {
        await OnDagAsync(dagId, cancellation);
        await inner.ResumeAsync(dagId, by, cancellation);
    }

    public async Task<StartedRun> StartRunAsync(NewRun run, Actor by, CancellationToken cancellation)
    {
        await OnDagAsync(run.DagId, cancellation);
        return await inner.StartRunAsync(run, by, cancellation);
    }

    public async Task<ForkedRun> ForkRunAsync(ForkRequest request, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", request.RunId, cancellation);
        return await inner.ForkRunAsync(request, by, cancellation);
    }

    public async Task<IReadOnlyList<RerunRun>> RerunFailedAsync(RerunFailed request, Actor by, CancellationToken cancellation)
    {
        await OnDagAsync(request.DagId, cancellation);
        return await inner.RerunFailedAsync(request, by, cancellation);
    }

    public async Task<IReadOnlyList<UpgradedRun>> UpgradeRunsAsync(UpgradeRequest request, Actor by, CancellationToken cancellation)
    {
        if (request.RunId is { } run)
            await OnAsync("run", run, cancellation);
        if (request.DagId is { } dag)
            await OnDagAsync(dag, cancellation);
        return await inner.UpgradeRunsAsync(request, by, cancellation);
    }

    public async Task NoteAsync(long runId, string? taskId, int mapIndex, string? text, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", runId, cancellation);
        await inner.NoteAsync(runId, taskId, mapIndex, text, by, cancellation);
    }

    public async Task DeleteRunAsync(long runId, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", runId, cancellation);
        await inner.DeleteRunAsync(runId, by, cancellation);
    }

    public async Task<char> CancelRunAsync(long runId, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", runId, cancellation);
        return await inner.CancelRunAsync(runId, by, cancellation);
    }

    public async Task<IReadOnlyList<ClearedRun>> ClearTasksAsync(ClearRequest request, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", request.RunId, cancellation);
        return await inner.ClearTasksAsync(request, by, cancellation);
    }

    public async Task<int> ClearTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", runId, cancellation);
        return await inner.ClearTasksAsync(runId, instances, by, cancellation);
    }

    public async Task<char> ClearRunAsync(long runId, bool onCurrentVersion, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", runId, cancellation);
        return await inner.ClearRunAsync(runId, onCurrentVersion, by, cancellation);
    }

    public async Task<int> MarkTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, char state, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", runId, cancellation);
        return await inner.MarkTasksAsync(runId, instances, state, by, cancellation);
    }

    public async Task<char> MarkRunAsync(long runId, char state, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", runId, cancellation);
        return await inner.MarkRunAsync(runId, state, by, cancellation);
    }

    public async Task<SentSignal> SendSignalAsync(long runId, NewSignal signal, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", runId, cancellation);
        return await inner.SendSignalAsync(runId, signal, by, cancellation);
    }

    public async Task<int> UndoRunAsync(long runId, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", runId, cancellation);
        return await inner.UndoRunAsync(runId, by, cancellation);
    }

    public async Task<char> DecideAsync(NewDecision decision, Actor by, CancellationToken cancellation)
    {
        await OnAsync("run", decision.RunId, cancellation);
        return await inner.DecideAsync(decision with { AsAdmin = who!.Role == 'a' }, by, cancellation);
    }

    public async Task<long> UpdateAssetAsync(string name, string? extra, Actor by, CancellationToken cancellation)
    {
        Needs(Role.Operator);
        Unrestricted("An update of an asset may start runs of any DAG");
        return await inner.UpdateAssetAsync(name, extra, by, cancellation);
    }

    public async Task RetryNotificationAsync(long id, Actor by, CancellationToken cancellation)
    {
        await OnAsync("notification", id, cancellation);
        await inner.RetryNotificationAsync(id, by, cancellation);
    }

    public async Task<long> CreateBackfillAsync(NewBackfill backfill, Actor by, CancellationToken cancellation)
    {
        await OnDagAsync(backfill.DagId, cancellation);
        return await inner.CreateBackfillAsync(backfill, by, cancellation);
    }

    public async Task PauseBackfillAsync(long id, Actor by, CancellationToken cancellation)
    {
        await OnAsync("backfill", id, cancellation);
        await inner.PauseBackfillAsync(id, by, cancellation);
    }

    public async Task ResumeBackfillAsync(long id, Actor by, CancellationToken cancellation)
    {
        await OnAsync("backfill", id, cancellation);
        await inner.ResumeBackfillAsync(id, by, cancellation);
    }

    public async Task SetBackfillSpeedAsync(long id, int maxActive, Actor by, CancellationToken cancellation)
    {
        await OnAsync("backfill", id, cancellation);
        await inner.SetBackfillSpeedAsync(id, maxActive, by, cancellation);
    }

    public async Task<int> RetryBackfillAsync(long id, Actor by, CancellationToken cancellation)
    {
        await OnAsync("backfill", id, cancellation);
        return await inner.RetryBackfillAsync(id, by, cancellation);
    }

    public async Task CancelBackfillAsync(long id, bool stopRunning, Actor by, CancellationToken cancellation)
    {
        await OnAsync("backfill", id, cancellation);
        await inner.CancelBackfillAsync(id, stopRunning, by, cancellation);
    }

    public Task SetPoolAsync(string name, int slots, Actor by, CancellationToken cancellation)
    {
        Needs(Role.Admin);
        Unrestricted("A pool belongs to all DAGs");
        return inner.SetPoolAsync(name, slots, by, cancellation);
    }

    public Task DrainWorkerAsync(string worker, Actor by, CancellationToken cancellation)
    {
        Needs(Role.Operator);
        Unrestricted("A worker serves all DAGs");
        return inner.DrainWorkerAsync(worker, by, cancellation);
    }

    public Task ResumeWorkerAsync(string worker, Actor by, CancellationToken cancellation)
    {
        Needs(Role.Operator);
        Unrestricted("A worker serves all DAGs");
        return inner.ResumeWorkerAsync(worker, by, cancellation);
    }

    private void Needs(Role role) => Roles.Check(who, role);

    private void Unrestricted(string why)
    {
        if (sight.Restricted)
            throw new ForbiddenException($"{why}; the account {who!.Name} is restricted to some.");
    }

    private async Task OnDagAsync(string dagId, CancellationToken cancellation)
    {
        Needs(Role.Operator);
        if (!await sight.SeesAsync(dagId, cancellation))
            throw new RefusedException($"there is no DAG '{dagId}'");
    }

    private async Task OnAsync(string kind, long id, CancellationToken cancellation)
    {
        Needs(Role.Operator);
        if (!await sight.SeesAsync(kind, id, cancellation))
            throw new RefusedException(string.Create(CultureInfo.InvariantCulture, $"there is no {kind} {id}"));
    }
}
