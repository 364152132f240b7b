using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Cli.Remote;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;
using Pipelines.Postgres;
using Pipelines.Web.Access;

namespace Pipelines.Cli;

/// <summary>One run of a client command: what was typed, where its output goes, and the store, connected to when first used.</summary>
internal sealed class Session(ParseResult parsed, CancellationToken cancellation) : IAsyncDisposable
{
    private IClient? _client;
    private Screen? _screen;
    private ClientSchedules? _schedules;

    public CancellationToken Cancellation => cancellation;

    public Screen Screen => _screen ??= new Screen(parsed.InvocationConfiguration.Output, SharedOptions.OutputOf(parsed));

    /// <summary>For remarks that are not the result.</summary>
    public TextWriter Remarks => parsed.InvocationConfiguration.Error;

    public IReads Console => Client.Console;

    public IOperations Operations => Client.Operations;

    public IAccounts Accounts => Client.Accounts;

    public IVault Vault => Client.Vault;

    public Db Db => Client.Db;

    /// <summary>The schedules that are code of DAG assemblies.</summary>
    public ClientSchedules Schedules => _schedules ??= new ClientSchedules(
        () => Client is RemoteClient
            ? throw new CommandException("the schedule is code of the DAG's assembly, which cannot be loaded here over a server. Give --database in place of the server")
            : Db,
        Home);

    /// <summary>The folder of the local installation.</summary>
    public string Home => SharedOptions.HomeOf(parsed);

    /// <summary>The file of the keys that payloads are encrypted with here; null: none is given.</summary>
    public string? KeyRing => PayloadCodecs.RingOf(parsed);

    /// <summary>Who acts, and why if --why says so, as events say it.</summary>
    public Actor By { get; } = new($"cli:{Environment.UserName}", SharedOptions.WhyOf(parsed));

    private IClient Client => _client ??= ServerOptions.Of(parsed) is { } server
        ? new RemoteClient(server, PayloadCodecs.Of(parsed, forPeople: true))
        : new Client(Cli.Client.Resolve(SharedOptions.DatabaseOf(parsed), Home), Home, PayloadCodecs.Of(parsed, forPeople: true));

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>Of an argument that may be left out.</summary>
    public T? GetOrNull<T>(Argument<T?> argument) => parsed.GetValue(argument);

    public async Task<DagDetail> DagAsync(string dagId) => await Console.DagAsync(dagId, Cancellation)
        ?? throw new CommandException(UnknownName.Message(
            "DAG", dagId, [.. (await Console.DagsAsync(Cancellation)).Where(dag => !dag.Retired).Select(dag => dag.DagId)]));

    /// <summary>The DAG and its schedule, if that is one with intervals.</summary>
    public async Task<(DagDetail Dag, DagSchedule Schedule)> ScheduledDagAsync(string dagId, string instead)
    {
        var dag = await DagAsync(dagId);
        return ScheduleOf.HasIntervals(dag.Spec)
            ? (dag, await ScheduleAsync(dag))
            : throw new CommandException(ScheduleOf.Named(dag.Spec) is null
                ? $"the DAG '{dagId}' has no schedule; {instead}"
                : $"the DAG '{dagId}' runs {SchedulePhrase.Of(dag.Spec)} and has no intervals; {instead}");
    }

    public async Task<DagSchedule> ScheduleAsync(DagDetail dag) =>
        ScheduleOf.Spec(dag.Spec, (await Schedules.LoadAsync(ScheduleOf.IsCustom(dag.Spec) ? [dag.VersionId] : []))(dag.VersionId))!;

    public async Task<RunDetail> RunAsync(long runId) => await Console.RunAsync(runId, Cancellation) ?? throw await NoRunAsync(runId);

    public async Task<RunDetail> TaskAsync(long runId, string taskId)
    {
        var run = await Console.TaskAsync(runId, taskId, Cancellation) ?? throw await NoRunAsync(runId);
        return run.Spec.Tasks.Any(task => task.Id == taskId) || run.Instances.Count > 0
            ? run
            : throw new CommandException(
                $"in the DAG '{run.Run.DagId}' {UnknownName.Message("task", taskId, [.. run.Spec.Tasks.Select(task => task.Id)])}");
    }

    public async Task<BackfillRow> BackfillAsync(long id) => await Console.BackfillAsync(id, Cancellation)
        ?? throw new CommandException($"there is no backfill {id}; " + (await Console.BackfillsAsync(null, 10, Cancellation) is { Count: > 0 } newest
            ? $"the newest are: {string.Join(", ", newest.Select(backfill => backfill.Id))}"
            : "there is none at all"));

    public ValueTask DisposeAsync()
    {
        _schedules?.Dispose();
        return _client?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private async Task<CommandException> NoRunAsync(long runId) => new(
        $"there is no run {runId}; " + (await Console.RunsAsync(null, null, null, 1, Cancellation) is [var newest, ..] ? $"the newest is {newest.RunId}" : "there is none at all"));
}
