using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Output;

// What programs get. These names stay: scripts hang on them. States are words with underscores, moments are UTC.

internal sealed record DagRowView(
    string Dag, string? Description, string? Cron, string TimeZone, bool Paused, bool Retired, DateTimeOffset? NextDue, int Tasks, IReadOnlyList<RecentRunView> Recent, string Schedule)
{
    public static DagRowView Of(DagSummary dag) => new(
        dag.DagId, dag.Description, dag.Cron, dag.TimeZone, dag.Paused, dag.Retired, dag.NextDue, dag.Tasks,
        [.. dag.Recent.Select(run => new RecentRunView(run.RunId, Text.Name(run.State), run.Seconds))], dag.Schedule);
}

internal sealed record RecentRunView(long Run, string State, double? Seconds);

internal sealed record DagView(
    string Dag, string? Description, string? Cron, string TimeZone, string? Start, string? End, string Catchup, int MaxActiveRuns, double? RunTimeoutSeconds, bool FailFast, bool Paused,
    DateTimeOffset? RetiredAt, DateTimeOffset? NextDue, DateTimeOffset? LastTick, int Version, string Hash, string Source, DateTimeOffset LoadedAt,
    JsonNode? Arguments, IReadOnlyList<DagTaskView> Tasks, IReadOnlyList<EventView> Events, string Schedule, double? JitterSeconds, double? RunsMadeLaterSeconds, int? AutoPauseAfter)
{
    public static DagView Of(DagDetail dag) => new(
        dag.Spec.Id, dag.Spec.Description, dag.Spec.Cron, dag.Spec.TimeZone, dag.Spec.Start, dag.Spec.End, Lower(dag.Spec.Catchup), dag.Spec.MaxActiveRuns,
        dag.Spec.RunTimeout?.TotalSeconds, dag.Spec.FailFast,
        dag.Paused, dag.RetiredAt, dag.NextDue, dag.LastTick, dag.VersionId, dag.Hash, dag.Source, dag.LoadedAt, dag.Spec.Arguments?.DeepClone(),
        [.. dag.Spec.Tasks.Select(task => new DagTaskView(
            task.Id, [.. task.Upstreams.Where(edge => edge.Kind != EdgeKind.Wait).Select(edge => edge.Task)],
            [.. task.Upstreams.Where(edge => edge.Kind == EdgeKind.Wait).Select(edge => edge.Task)], task.Mapped, task.Over, Lower(task.Role), Lower(task.TriggerRule), task.DependsOnPast,
            task.Retry.Retries, task.Pool, task.Queue, task.Priority))],
        [.. dag.Recent.Select(EventView.Of)], SchedulePhrase.Of(dag.Spec), dag.Spec.Jitter?.TotalSeconds,
        dag.Spec.Jitter is null ? null : Jitter.Of(dag.Spec).TotalSeconds, dag.Spec.AutoPauseAfter);

    private static string Lower<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

internal sealed record DagTaskView(
    string Task, IReadOnlyList<string> Upstreams, IReadOnlyList<string> Waits, bool Mapped, string? Over, string Role, string TriggerRule, bool DependsOnPast, int Retries, string? Pool, string Queue, int Priority);

internal sealed record EventView(
    DateTimeOffset At, string? Task, int? MapIndex, short? Attempt, string? From, string? To, string? Actor, string? Why, JsonNode? Detail)
{
    public static EventView Of(EventRow row) => new(
        row.At, row.TaskId, row.MapIndex is >= 0 ? row.MapIndex : null, row.Attempt is > 0 ? row.Attempt : null,
        Text.Name(row.From), Text.Name(row.To), row.Actor, row.Why, row.Detail is null ? null : JsonNode.Parse(row.Detail));
}

internal sealed record RunView(
    long Run, string Dag, string Kind, string State, bool Cancelling, DateTimeOffset ScheduledFor, DateTimeOffset? IntervalStart, DateTimeOffset? IntervalEnd,
    long? Backfill, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, double? Seconds, int Failures)
{
    public static RunView Of(RunSummary run) => new(
        run.RunId, run.DagId, RunKind.Word(run.Kind), Text.Name(run.State), run.Cancelling, run.ScheduledFor, run.Interval?.Start, run.Interval?.End,
        run.BackfillId, run.CreatedBy, run.CreatedAt, run.StartedAt, run.FinishedAt, Text.SecondsBetween(run.StartedAt, run.FinishedAt), run.Failures);
}

internal sealed record NoteView(string? Task, int? MapIndex, string Text, string By, DateTimeOffset At);

internal sealed record RunDetailView(
    RunView Run, int Version, JsonNode? Arguments, string? Key, long? TakenFrom, IReadOnlyList<NoteView> Notes, IReadOnlyList<InstanceView> Tasks,
    IReadOnlyList<AssetUpdateView> Updates, string? EntityKey, bool InLine, long? Continues, long? ContinuedBy, IReadOnlyList<long> Forks, int Priority, RelatedRunView? Parent, IReadOnlyList<RelatedRunView> Children)
{
    public static RunDetailView Of(RunDetail run, Lineage lineage) => new(
        RunView.Of(run.Run), run.VersionId, run.Arguments is null ? null : JsonNode.Parse(run.Arguments), run.Key, run.TakenFrom,
        [.. run.Notes.Select(note => new NoteView(note.TaskId, note.MapIndex >= 0 ? note.MapIndex : null, note.Text, note.By, note.At))], [.. run.Instances.Select(InstanceView.Of)],
        [.. run.Updates.Select(AssetUpdateView.Of)], run.Entity.Key, run.Entity.InLine, run.Entity.Continues, run.Entity.ContinuedBy, run.Forks, run.Priority,
        lineage.Parent is { } parent ? RelatedRunView.Of(parent) : null, [.. lineage.Children.Select(RelatedRunView.Of)]);
}

internal sealed record RelatedRunView(long Run, string Dag, string State, string? Task)
{
    public static RelatedRunView Of(RelatedRun run) => new(run.RunId, run.DagId, RunState.Word(run.State), run.TaskId);
}

internal sealed record InstanceView(
    string Task, int? MapIndex, string State, short Attempt, short Tries, short Lost, string? Worker, DateTimeOffset? QueuedAt, DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt, DateTimeOffset? RetryAt, double? Seconds, JsonNode? Output)
{
    public static InstanceView Of(InstanceRow row) => new(
        row.TaskId, row.Key.MapIndex >= 0 ? row.Key.MapIndex : null, Text.Name(row.State), row.Attempt, row.Tries, row.Lost, row.Worker, row.QueuedAt,
        row.StartedAt, row.FinishedAt, row.RetryAt, Text.SecondsBetween(row.StartedAt, row.FinishedAt), row.Output is null ? null : JsonNode.Parse(row.Output));
}

internal sealed record TickView(DateTimeOffset ScheduledFor, string Local, DateTimeOffset IntervalStart, DateTimeOffset IntervalEnd, double Hours, string? Note)
{
    public static TickView Of(Tick tick, NodaTime.DateTimeZone zone) => new(
        tick.ScheduledFor.ToDateTimeOffset(), Text.Local(tick.ScheduledFor, zone), tick.IntervalStart.ToDateTimeOffset(), tick.IntervalEnd.ToDateTimeOffset(),
        (tick.IntervalEnd - tick.IntervalStart).TotalHours, ClockNote.Of(tick, zone));
}

internal sealed record LogLineView(int Number, DateTimeOffset At, string Level, string Text)
{
    public static LogLineView Of(LogLine line) => new(
        line.Number, line.At,
        line.Level switch { 'T' => "trace", 'D' => "debug", 'W' => "warning", 'E' => "error", 'C' => "critical", _ => "information" },
        line.Text);
}

internal sealed record WhyView(long Run, string Task, int? MapIndex, string State, IReadOnlyList<string> Why);

internal sealed record ClearView(long Run, int Cleared, IReadOnlyList<string> Tasks, bool DryRun, string? Refused, IReadOnlyList<KeptSteps> Kept, IReadOnlyList<ClearView>? Others)
{
    /// <summary>The run that was named, with the others that --past and --future add.</summary>
    public static ClearView Of(IReadOnlyList<ClearedRun> runs, bool dry) =>
        Of(runs[0], dry) with { Others = runs.Count == 1 ? null : [.. runs.Skip(1).Select(run => Of(run, dry))] };

    private static ClearView Of(ClearedRun run, bool dry) =>
        new(run.RunId, run.Cleared, [.. run.Instances.Select(one => Text.Instance(one.TaskId, one.MapIndex))], dry, run.Refused, run.Kept, null);
}

internal sealed record MarkView(long Run, string State, int Marked, IReadOnlyList<string> Tasks, string RunState);

internal sealed record PoolView(string Pool, int Slots, int Used, int Waiting);

internal sealed record WorkerView(
    int Worker, string Name, IReadOnlyList<string> Queues, int Slots, int Busy, int Stuck, bool Alive, DateTimeOffset StartedAt, DateTimeOffset LeaseUntil, bool Draining)
{
    public static WorkerView Of(WorkerRow row) =>
        new(row.WorkerId, row.Name, row.Queues, row.Slots, row.Busy, row.Stuck, row.Alive, row.StartedAt, row.LeaseUntil, row.Draining);
}

internal sealed record MigrationView(int Version, string Name, DateTimeOffset? AppliedAt);

internal sealed record VersionView(string Version, string TimeZoneData, string Runtime);
