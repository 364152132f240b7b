using System.Text.Json.Nodes;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Web.Api;

namespace Pipelines.Cli.Remote;

/// <summary>What people do, over the API. Who they are says their token.</summary>
internal sealed partial class HttpOperations(Api api, HttpConsole console, Payloads payloads) : IOperations
{
    public Task PauseAsync(string dagId, Actor by, CancellationToken cancellation) => PostAsync($"dags/{Api.Name(dagId)}/pause", null, by, cancellation);

    public Task ResumeAsync(string dagId, Actor by, CancellationToken cancellation) => PostAsync($"dags/{Api.Name(dagId)}/resume", null, by, cancellation);

    public async Task<StartedRun> StartRunAsync(NewRun run, Actor by, CancellationToken cancellation)
    {
        run = await EncodedAsync(run, cancellation);
        var body = new StartRunJson(run.Interval?.Start, run.Interval?.End, Object(run.Arguments), run.Key, run.Note, run.Signal is { } signal ? new StartSignalJson(signal.Name, Parse("data", signal.Payload), signal.Key) : null, run.Priority);
        var started = await PostAsync<StartedRunJson>($"dags/{Api.Name(run.DagId)}/runs", body, by, cancellation, run.TraceParent);
        return new StartedRun(started.Run, started.IsNew);
    }

    public async Task<ForkedRun> ForkRunAsync(ForkRequest request, Actor by, CancellationToken cancellation) => (await PostAsync<ForkedRunJson>(
        Text($"runs/{request.RunId}/fork"),
        new ForkJson(request.FromTask, request.OnOriginalVersion ? "original" : "current", Object(await EncodedAsync(request, cancellation)), request.ReuseSteps, request.FromStep, request.DryRun), by, cancellation)).Port;

    public async Task<IReadOnlyList<RerunRun>> RerunFailedAsync(RerunFailed request, Actor by, CancellationToken cancellation)
    {
        var done = await PostAsync<Listing<RerunRunJson>>($"dags/{Api.Name(request.DagId)}/rerun", new RerunFailedJson(request.Since, request.FromTask, request.DryRun, request.ReuseSteps), by, cancellation);
        return [.. done.Items.Select(run => new RerunRun(run.Run, run.ScheduledFor, run.Tasks, run.Instances, run.Made, run.Refused))];
    }

    public async Task<IReadOnlyList<UpgradedRun>> UpgradeRunsAsync(UpgradeRequest request, Actor by, CancellationToken cancellation)
    {
        var address = request.DagId is { } dag ? $"dags/{Api.Name(dag)}/upgrade" : Text($"runs/{request.RunId}/upgrade");
        var moved = await PostAsync<Listing<UpgradedRunJson>>(address, new UpgradeJson(request.Version, request.DryRun), by, cancellation);
        return [.. moved.Items.Select(run => new UpgradedRun(run.Run, run.From, run.To, run.Added, run.Removed, run.Rewired, run.Refused))];
    }

    public Task NoteAsync(long runId, string? taskId, int mapIndex, string? text, Actor by, CancellationToken cancellation) => api.ActAsync(
        HttpMethod.Put,
        Text($"runs/{runId}/") + (taskId is null ? "note" : $"tasks/{Api.Name(taskId)}/note" + (mapIndex < 0 ? "" : Text($"?map={mapIndex}"))),
        new WriteNoteJson(text), by, cancellation);

    public Task DeleteRunAsync(long runId, Actor by, CancellationToken cancellation) => api.ActAsync(HttpMethod.Delete, Text($"runs/{runId}"), null, by, cancellation);

    public async Task<char> CancelRunAsync(long runId, Actor by, CancellationToken cancellation) =>
        Words.Run.Letter((await PostAsync<RunStateJson>(Text($"runs/{runId}/cancel"), null, by, cancellation)).State);

    public async Task<IReadOnlyList<ClearedRun>> ClearTasksAsync(ClearRequest request, Actor by, CancellationToken cancellation)
    {
        var body = new ClearJson(
            request.TaskId, request.Group, request.MapIndex < 0 ? null : request.MapIndex, request.Downstream, request.Upstream, request.OnlyFailed, request.Past, request.Future, request.DryRun, request.ReuseSteps,
            request.FromStep);
        var cleared = await PostAsync<Listing<ClearedJson>>(Text($"runs/{request.RunId}/clear"), body, by, cancellation);
        return [.. cleared.Items.Select(run => new ClearedRun(
            run.Run, run.ScheduledFor, [.. run.Instances.Select(one => new ClearedInstance(one.Task, one.MapIndex ?? -1, Words.Task.Letter(one.State)))], run.Cleared, run.Refused) { Kept = [.. run.Kept.Select(kept => kept.Port)] })];
    }

    public async Task<int> ClearTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, Actor by, CancellationToken cancellation) =>
        (await PostAsync<CountJson>(Text($"runs/{runId}/tasks/clear"), new InstancesJson(await console.NamesAsync(instances, cancellation)), by, cancellation)).Count;

    public async Task<char> ClearRunAsync(long runId, bool onCurrentVersion, Actor by, CancellationToken cancellation) => Words.Run.Letter(
        (await PostAsync<RunStateJson>(Text($"runs/{runId}/restart"), new RestartJson(onCurrentVersion ? "current" : "original"), by, cancellation)).State);

    public async Task<int> MarkTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, char state, Actor by, CancellationToken cancellation) => (await PostAsync<CountJson>(
        Text($"runs/{runId}/tasks/mark"), new MarkTasksJson(await console.NamesAsync(instances, cancellation), Words.Task.Of(state)), by, cancellation)).Count;

    public async Task<char> MarkRunAsync(long runId, char state, Actor by, CancellationToken cancellation) =>
        Words.Run.Letter((await PostAsync<RunStateJson>(Text($"runs/{runId}/mark"), new MarkRunJson(Words.Run.Of(state)), by, cancellation)).State);

    public async Task<SentSignal> SendSignalAsync(long runId, NewSignal signal, Actor by, CancellationToken cancellation)
    {
        signal = payloads.Encodes && await console.RunAsync(runId, cancellation) is { } run ? Encoded(run.Spec, signal) : signal;
        var sent = await PostAsync<SentSignalJson>(Text($"runs/{runId}/signals/{Api.Name(signal.Name)}"), new SendSignalJson(Parse("data", signal.Payload), signal.Key), by, cancellation, signal.TraceParent);
        return new SentSignal(sent.Signal, sent.IsNew);
    }

    public async Task<int> UndoRunAsync(long runId, Actor by, CancellationToken cancellation) => (await PostAsync<CountJson>(Text($"runs/{runId}/undo"), null, by, cancellation)).Count;

    public async Task<char> DecideAsync(NewDecision decision, Actor by, CancellationToken cancellation)
    {
        var place = Text($"runs/{decision.RunId}/tasks/{Api.Name(decision.TaskId)}/{(decision.Approves ? "approve" : "reject")}") + (decision.MapIndex < 0 ? "" : Text($"?map={decision.MapIndex}"));
        object body = decision.Approves ? new ApproveJson(Parse("form", await EncodedFormAsync(decision, cancellation)), decision.AskedAt) : new RejectJson(decision.AskedAt);
        return Words.Approval.Letter((await PostAsync<DecidedJson>(place, body, by, cancellation)).State);
    }

    public async Task<long> UpdateAssetAsync(string name, string? extra, Actor by, CancellationToken cancellation) =>
        (await PostAsync<UpdateIdJson>($"assets/{Api.Name(name)}/updates", new UpdateAssetJson(Parse("extra", payloads.Encode(Parse("extra", extra)?.ToJsonString()))), by, cancellation)).Update;

    public Task RetryNotificationAsync(long id, Actor by, CancellationToken cancellation) => PostAsync(Text($"notifications/{id}/retry"), null, by, cancellation);

    public async Task<long> CreateBackfillAsync(NewBackfill backfill, Actor by, CancellationToken cancellation)
    {
        var body = new NewBackfillJson(
            backfill.DagId, backfill.From.ToDateOnly(), backfill.To.ToDateOnly(), backfill.Existing, backfill.NewestFirst, backfill.MaxActive, backfill.Tasks, backfill.Downstream,
            backfill.Version, Object(await EncodedAsync(backfill.DagId, backfill.Arguments, cancellation)), backfill.Total, backfill.MakesRuns);
        return (await PostAsync<BackfillIdJson>("backfills", body, by, cancellation)).Backfill;
    }

    public Task PauseBackfillAsync(long id, Actor by, CancellationToken cancellation) => PostAsync(Text($"backfills/{id}/pause"), null, by, cancellation);

    public Task ResumeBackfillAsync(long id, Actor by, CancellationToken cancellation) => PostAsync(Text($"backfills/{id}/resume"), null, by, cancellation);

    public Task SetBackfillSpeedAsync(long id, int maxActive, Actor by, CancellationToken cancellation) =>
        api.ActAsync(HttpMethod.Put, Text($"backfills/{id}/speed"), new SpeedJson(maxActive), by, cancellation);

    public async Task<int> RetryBackfillAsync(long id, Actor by, CancellationToken cancellation) =>
        (await PostAsync<CountJson>(Text($"backfills/{id}/retry"), null, by, cancellation)).Count;

    public Task CancelBackfillAsync(long id, bool stopRunning, Actor by, CancellationToken cancellation) =>
        PostAsync(Text($"backfills/{id}/cancel"), new CancelBackfillJson(stopRunning), by, cancellation);

    public Task SetPoolAsync(string name, int slots, Actor by, CancellationToken cancellation) =>
        api.ActAsync(HttpMethod.Put, $"pools/{Api.Name(name)}", new PoolSizeJson(slots), by, cancellation);

    public Task DrainWorkerAsync(string worker, Actor by, CancellationToken cancellation) => PostAsync($"workers/{Api.Name(worker)}/drain", null, by, cancellation);

    public Task ResumeWorkerAsync(string worker, Actor by, CancellationToken cancellation) => PostAsync($"workers/{Api.Name(worker)}/resume", null, by, cancellation);

    private Task PostAsync(string address, object? body, Actor by, CancellationToken cancellation) => api.ActAsync(HttpMethod.Post, address, body, by, cancellation);

    private Task<T> PostAsync<T>(string address, object? body, Actor by, CancellationToken cancellation, string? trace = null) =>
        api.ActAsync<T>(HttpMethod.Post, address, body, by, cancellation, trace);

    private static JsonObject? Object(string? json) => Parse("arguments", json) switch
    {
        null => null,
        JsonObject fields => fields,
        _ => throw new RefusedException("the arguments must be a JSON object, such as {\"days\": 3}"),
    };

    private static JsonNode? Parse(string what, string? json)
    {
        try
        {
            return json is null ? null : GivenJson.Parse(json);
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new RefusedException($"the {what} is not JSON: {e.Message.TrimEnd('.')}. Write it like {{\"rows\": 3}}, a text in double quotes");
        }
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
