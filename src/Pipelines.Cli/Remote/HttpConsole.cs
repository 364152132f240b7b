using System.Collections.Concurrent;
using System.Globalization;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Web.Api;

namespace Pipelines.Cli.Remote;

/// <summary>What the command line reads, over the API.</summary>
internal sealed partial class HttpConsole(Api api, Payloads payloads) : IReads
{
    private readonly ConcurrentDictionary<(long Run, int Task), string> _names = new();

    public async Task<IReadOnlyList<DagSummary>> DagsAsync(CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<DagSummaryJson>>("dags", cancellation)).Items.Select(dag => dag.Port)];

    public async Task<DagDetail?> DagAsync(string dagId, CancellationToken cancellation) => (await api.FindAsync<DagJson>($"dags/{Api.Name(dagId)}", cancellation))?.Port;

    public async Task<DueDag?> SchedulingAsync(string dagId, CancellationToken cancellation) =>
        (await api.FindAsync<SchedulingJson>($"dags/{Api.Name(dagId)}/scheduling", cancellation))?.Port;

    public async Task<IReadOnlyList<ImportError>> ImportErrorsAsync(CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<ImportErrorJson>>("import-errors", cancellation)).Items.Select(error => error.Port)];

    public async Task<Grid?> GridAsync(string dagId, int runs, DateTimeOffset? end, CancellationToken cancellation) =>
        (await api.FindAsync<GridJson>(Text($"dags/{Api.Name(dagId)}/grid?runs={runs}") + (end is { } last ? $"&end={Api.Moment(last)}" : ""), cancellation))?.Port;

    public async Task<IReadOnlyList<RunSummary>> RunsAsync(string? dagId, char? state, long? backfillId, int limit, CancellationToken cancellation)
    {
        var filter = string.Join('&', new[]
        {
            dagId is null ? null : $"dag={Api.Name(dagId)}", state is { } letter ? $"state={Words.Run.Of(letter)}" : null, backfillId is { } id ? Text($"backfill={id}") : null,
        }.OfType<string>());
        return [.. (await api.ListAsync<RunJson>("runs" + (filter.Length == 0 ? "" : "?" + filter), limit, cancellation)).Select(run => run.Port)];
    }

    public Task<RunDetail?> RunAsync(long runId, CancellationToken cancellation) => RunAsync(runId, "", cancellation);

    public async Task<Lineage> LineageAsync(long runId, CancellationToken cancellation) =>
        (await api.FindAsync<RunDetailJson>(Text($"runs/{runId}"), cancellation))?.Lineage ?? Lineage.None;

    public Task<RunDetail?> TaskAsync(long runId, string taskId, CancellationToken cancellation) => RunAsync(runId, $"?task={Api.Name(taskId)}", cancellation);

    public async Task<PastRow?> PastAsync(long runId, string taskId, CancellationToken cancellation) =>
        await api.FindAsync<WaitingJson>(Text($"runs/{runId}/tasks/{Api.Name(taskId)}/waiting"), cancellation) is { Past: { } past }
            ? new PastRow(past.Run, past.ScheduledFor, Words.Run.Letter(past.RunState), Words.Task.LetterOrNull(past.State))
            : null;

    public async Task<WaitRow?> WaitAsync(InstanceKey key, CancellationToken cancellation) => (await WaitingAsync(key, cancellation))?.Wait?.Port;

    public async Task<LimitLine?> LimitLineAsync(InstanceKey key, CancellationToken cancellation) => (await WaitingAsync(key, cancellation))?.Line?.Port;

    public async Task<TurnRow?> TurnAsync(InstanceKey key, CancellationToken cancellation) =>
        (await WaitingAsync(key, cancellation))?.Turn is { } turn ? new TurnRow(turn.Key, turn.Ready, turn.Others, turn.Before) : null;

    public async Task<IReadOnlyList<EventRow>> RunEventsAsync(long runId, int limit, CancellationToken cancellation) =>
        [.. (await api.ListAsync<EventJson>(Text($"runs/{runId}/events"), limit, cancellation)).Select(row => row.Port).Reverse()];

    public async Task<IReadOnlyList<AttemptRow>> AttemptsAsync(InstanceKey key, CancellationToken cancellation) =>
        [.. (await api.FindAsync<Listing<AttemptJson>>(await PlaceAsync(key, "attempts", cancellation), cancellation))?.Items.Select(attempt => attempt.Port) ?? []];

    public async Task<IReadOnlyList<StepRow>> StepsAsync(InstanceKey key, int limit, CancellationToken cancellation) =>
        [.. (await api.FindAsync<Listing<StepJson>>(await PlaceAsync(key, "steps", cancellation), cancellation))?.Items.Take(limit).Select(step => step.Port).Select(step => step with { Output = payloads.Read(step.Output) }) ?? []];

    public async Task<IReadOnlyList<ValueRow>> ValuesAsync(InstanceKey key, CancellationToken cancellation) =>
        [.. (await api.FindAsync<Listing<ValueJson>>(await PlaceAsync(key, "values", cancellation), cancellation))?.Items.Select(row => row.Port).Select(row => row with { Json = payloads.Read(row.Json) }) ?? []];

    public async Task<IReadOnlyList<ProgressRow>> ProgressAsync(long runId, int limit, CancellationToken cancellation) =>
        [.. (await api.FindAsync<Listing<ProgressJson>>(Text($"runs/{runId}/progress"), cancellation))?.Items.Take(limit).Select(row => row.Port) ?? []];

    public async Task<IReadOnlyList<SignalRow>> SignalsAsync(long runId, int limit, CancellationToken cancellation) =>
        [.. (await api.FindAsync<Listing<SignalJson>>(Text($"runs/{runId}/signals"), cancellation))?.Items.Take(limit).Select(row => row.Port).Select(row => row with { Payload = payloads.Read(row.Payload) }) ?? []];

    public async Task<IReadOnlyList<ApprovalRow>> ApprovalsAsync(bool open, int limit, CancellationToken cancellation) =>
        [.. (await api.FindAsync<Listing<ApprovalJson>>(Text($"approvals?decided={(open ? "false" : "true")}&limit={limit}"), cancellation))?.Items.Select(row => row.Port) ?? []];

    public async Task<ApprovalDetail?> ApprovalAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation) =>
        (await api.FindAsync<ApprovalDetailJson>(Text($"runs/{runId}/tasks/{Api.Name(taskId)}/approval") + (mapIndex < 0 ? "" : Text($"?map={mapIndex}")), cancellation))?.Port is { } detail
            ? detail with { Evidence = payloads.Read(detail.Evidence), Decisions = [.. detail.Decisions.Select(decision => decision with { Form = payloads.Read(decision.Form) })] }
            : null;

    public async Task<LogPage> LogAsync(InstanceKey key, short attempt, int firstLine, int lines, CancellationToken cancellation)
    {
        var place = await PlaceAsync(key, "logs", cancellation);
        var window = Text($"{(place.Contains('?', StringComparison.Ordinal) ? '&' : '?')}attempt={attempt}&from={firstLine}&lines={lines}");
        return (await api.FindAsync<LogJson>(place + window, cancellation))?.Port ?? new LogPage([], 0, 0, 0, null);
    }

    public async Task<IReadOnlyList<ArtefactRow>> ArtefactsAsync(InstanceKey key, CancellationToken cancellation) =>
        [.. (await api.FindAsync<Listing<ArtefactJson>>(await PlaceAsync(key, "artefacts", cancellation), cancellation))?.Items.Select(row => row.Port) ?? []];

    public async Task<(string ContentType, byte[] Content)?> ArtefactAsync(InstanceKey key, string name, CancellationToken cancellation)
    {
        if ((await ArtefactsAsync(key, cancellation)).FirstOrDefault(row => row.Name == name) is not { } found)
            return null;
        var path = $"artefacts/{string.Join('/', name.Split('/').Select(Api.Name))}";
        return await api.DownloadAsync(await PlaceAsync(key, path, cancellation), cancellation) is { } content ? (found.ContentType, content) : null;
    }

    public async Task<IReadOnlyList<BackfillRow>> BackfillsAsync(string? dagId, int limit, CancellationToken cancellation) =>
        [.. (await api.ListAsync<BackfillJson>(dagId is null ? "backfills" : $"backfills?dag={Api.Name(dagId)}", limit, cancellation)).Select(row => Read(row.Port))];

    public async Task<BackfillRow?> BackfillAsync(long id, CancellationToken cancellation) => await api.FindAsync<BackfillJson>(Text($"backfills/{id}"), cancellation) is { } row ? Read(row.Port) : null;

    public async Task<IReadOnlyDictionary<DateTimeOffset, char>> ExistingRunsAsync(string dagId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation) =>
        (await api.FindAsync<Listing<TickRunJson>>($"dags/{Api.Name(dagId)}/tick-runs?from={Api.Moment(from)}&to={Api.Moment(to)}", cancellation))?.Items
            .ToDictionary(run => run.ScheduledFor, run => Words.Run.Letter(run.State)) ?? [];

    public async Task<double?> TypicalRunAsync(string dagId, CancellationToken cancellation) =>
        (await api.FindAsync<TypicalJson>($"dags/{Api.Name(dagId)}/typical-run", cancellation))?.Seconds;

    public async Task<RunTimes?> RunTimesAsync(string dagId, CancellationToken cancellation) =>
        (await api.FindAsync<TypicalJson>($"dags/{Api.Name(dagId)}/typical-run", cancellation))?.Port;

    public async Task<IReadOnlyList<PoolRow>> PoolsAsync(CancellationToken cancellation) => [.. (await api.GetAsync<Listing<PoolJson>>("pools", cancellation)).Items.Select(pool => pool.Port)];

    public async Task<IReadOnlyList<LimitRow>> LimitsAsync(CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<LimitJson>>("limits", cancellation)).Items.Select(limit => limit.Port)];

    public async Task<IReadOnlyList<AssetRow>> AssetsAsync(CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<AssetJson>>("assets", cancellation)).Items.Select(asset => asset.Port)];

    public async Task<AssetDetail?> AssetAsync(string name, int updates, CancellationToken cancellation) =>
        (await api.FindAsync<AssetDetailJson>(Text($"assets/{Api.Name(name)}?updates={updates}"), cancellation))?.Port is { } asset
            ? asset with { Updates = [.. asset.Updates.Select(update => (Read(update.Update), update.Runs))] }
            : null;

    public async Task<IReadOnlyList<NotificationRow>> NotificationsAsync(long? runId, bool failed, int limit, CancellationToken cancellation) =>
        [.. (await api.ListAsync<NotificationJson>(Text($"notifications?failed={(failed ? "true" : "false")}") + (runId is { } run ? Text($"&run={run}") : ""), limit, cancellation)).Select(row => row.Port)];

    public async Task<NotificationRow?> NotificationAsync(long id, CancellationToken cancellation) =>
        (await api.FindAsync<NotificationJson>(Text($"notifications/{id}"), cancellation))?.Port;

    public async Task<IReadOnlyList<NotificationTry>> NotificationTriesAsync(long id, CancellationToken cancellation) =>
        [.. (await api.FindAsync<Listing<NotificationTryJson>>(Text($"notifications/{id}/tries"), cancellation))?.Items.Select(one => one.Port) ?? []];

    public async Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<WorkerJson>>("workers", cancellation)).Items.Select(worker => worker.Port)];

    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellation) => (await api.GetAsync<NowJson>("now", cancellation)).Now;

    /// <summary>The names of task instances, as the API has them: a task's number is its place in the graph of its run.</summary>
    public async Task<IReadOnlyList<InstanceNameJson>> NamesAsync(IReadOnlyList<InstanceKey> keys, CancellationToken cancellation)
    {
        var names = new List<InstanceNameJson>();
        foreach (var key in keys)
            names.Add(new InstanceNameJson(await NameAsync(key, cancellation), key.MapIndex < 0 ? null : key.MapIndex));
        return names;
    }

    private async Task<string> NameAsync(InstanceKey key, CancellationToken cancellation)
    {
        if (_names.TryGetValue((key.RunId, key.TaskNo), out var known))
            return known;
        var run = await api.GetAsync<RunDetailJson>(Text($"runs/{key.RunId}"), cancellation);
        return run.Port([]).Spec.Tasks[key.TaskNo].Id;
    }

    private async Task<WaitingJson?> WaitingAsync(InstanceKey key, CancellationToken cancellation) =>
        await api.FindAsync<WaitingJson>(await PlaceAsync(key, "waiting", cancellation), cancellation);

    private async Task<string> PlaceAsync(InstanceKey key, string of, CancellationToken cancellation) =>
        Text($"runs/{key.RunId}/tasks/{Api.Name(await NameAsync(key, cancellation))}/{of}{(key.MapIndex < 0 ? "" : Text($"?map={key.MapIndex}"))}");

    private async Task<RunDetail?> RunAsync(long runId, string filter, CancellationToken cancellation)
    {
        if (await api.FindAsync<RunDetailJson>(Text($"runs/{runId}"), cancellation) is not { } run)
            return null;
        var instances = (await api.ListAsync<TaskInstanceJson>(Text($"runs/{runId}/tasks") + filter, int.MaxValue, cancellation)).Select(row => row.Port).ToList();
        foreach (var instance in instances)
            _names[(runId, instance.Key.TaskNo)] = instance.TaskId;
        var detail = run.Port([.. instances.Select(instance => instance with { Output = payloads.Read(instance.Output) })]);
        return detail with { Arguments = payloads.Read(detail.Arguments), Updates = [.. detail.Updates.Select(Read)] };
    }

    private AssetUpdate Read(AssetUpdate update) => update with { Extra = payloads.Read(update.Extra) };

    private BackfillRow Read(BackfillRow row) => row with { Arguments = payloads.Read(row.Arguments) };

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
