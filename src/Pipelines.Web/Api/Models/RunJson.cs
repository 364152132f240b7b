using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>A run.</summary>
/// <param name="Run">Its number.</param>
/// <param name="Dag">Its DAG.</param>
/// <param name="Kind">Why it exists.</param>
/// <param name="State">Its state.</param>
/// <param name="Cancelling">Whether what runs in it has been told to stop.</param>
/// <param name="ScheduledFor">The moment that it stands for.</param>
/// <param name="IntervalStart">The start of its data; null: it has no interval.</param>
/// <param name="IntervalEnd">The end of its data, exclusive.</param>
/// <param name="Backfill">The backfill that it belongs to.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="StartedAt">When it started; null: not yet.</param>
/// <param name="FinishedAt">When it ended; null: not yet.</param>
/// <param name="Failures">How many task instances failed.</param>
public sealed record RunJson(
    long Run, string Dag, [property: OneOf(Words.RunKinds)] string Kind, [property: OneOf(Words.RunStates)] string State, bool Cancelling, DateTimeOffset ScheduledFor,
    DateTimeOffset? IntervalStart, DateTimeOffset? IntervalEnd, long? Backfill, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt, int Failures)
{
    internal static RunJson Of(RunSummary run) => new(
        run.RunId, run.DagId, Words.Kind.Of(run.Kind), Words.Run.Of(run.State), run.Cancelling, run.ScheduledFor, run.Interval?.Start, run.Interval?.End, run.BackfillId,
        run.CreatedBy, run.CreatedAt, run.StartedAt, run.FinishedAt, run.Failures);

    internal RunSummary Port => new(
        Run, Dag, Words.Kind.Letter(Kind), Words.Run.Letter(State), Cancelling, ScheduledFor,
        IntervalStart is { } start && IntervalEnd is { } end ? new Interval(start, end) : null, Backfill, CreatedBy, CreatedAt, StartedAt, FinishedAt, Failures);
}

/// <summary>A run with all but its task instances, which are a list of their own.</summary>
/// <param name="Run">The run.</param>
/// <param name="Version">The version that it runs on.</param>
/// <param name="Graph">The graph of that version.</param>
/// <param name="Arguments">Its arguments; null: none were given.</param>
/// <param name="Key">The name that its caller gave it.</param>
/// <param name="TakenFrom">The run whose outputs it began with.</param>
/// <param name="Notes">What people wrote on it and its tasks.</param>
/// <param name="Updates">The updates of assets that started it, oldest first; at most the 1,000 newest.</param>
/// <param name="EntityKey">Its key, where its DAG has a RunKey: at most one run of a key is open.</param>
/// <param name="InLine">It is queued until the open run of its key has ended.</param>
/// <param name="Continues">The run that it goes on from.</param>
/// <param name="ContinuedBy">The run that goes on from it.</param>
/// <param name="Forks">The runs that were forked from it, newest first; at most 20.</param>
/// <param name="Priority">By how much its tasks go before others of equal priority.</param>
/// <param name="Parent">The run whose task has started it; null: no task has.</param>
/// <param name="Children">The runs that its own tasks have started: 100 at most, open ones first.</param>
public sealed record RunDetailJson(
    RunJson Run, int Version, JsonObject Graph, JsonNode? Arguments, string? Key, long? TakenFrom, IReadOnlyList<NoteJson> Notes, IReadOnlyList<AssetUpdateJson> Updates,
    string? EntityKey = null, bool InLine = false, long? Continues = null, long? ContinuedBy = null, IReadOnlyList<long>? Forks = null, int Priority = 0,
    RelatedRunJson? Parent = null, IReadOnlyList<RelatedRunJson>? Children = null)
{
    internal Lineage Lineage => new(Parent?.Port, [.. (Children ?? []).Select(run => run.Port)]);

    internal static RunDetailJson Of(RunDetail run, Lineage lineage) => new(
        RunJson.Of(run.Run), run.VersionId, ApiJson.Graph(run.Spec), ApiJson.Parse(run.Arguments), run.Key, run.TakenFrom,
        [.. run.Notes.Select(note => new NoteJson(note.TaskId, Element.Of(note.MapIndex), note.Text, note.By, note.At))], [.. run.Updates.Select(AssetUpdateJson.Of)],
        run.Entity.Key, run.Entity.InLine, run.Entity.Continues, run.Entity.ContinuedBy, run.Forks, run.Priority,
        lineage.Parent is { } parent ? RelatedRunJson.Of(parent) : null, [.. lineage.Children.Select(RelatedRunJson.Of)]);

    internal RunDetail Port(IReadOnlyList<InstanceRow> instances) => new(Run.Port, ApiJson.Graph(Graph), Version, Arguments?.ToJsonString(), instances)
    {
        Key = Key, TakenFrom = TakenFrom, Forks = Forks ?? [], Priority = Priority, Entity = new RunEntity(EntityKey, InLine, Continues, ContinuedBy), Updates = [.. Updates.Select(update => update.Port)],
        Notes = [.. Notes.Select(note => new NoteRow(note.Task, note.MapIndex ?? -1, note.Text, note.By, note.At))],
    };
}

/// <summary>A run that has started another, or was started by one.</summary>
/// <param name="Run">Its number.</param>
/// <param name="Dag">Its DAG.</param>
/// <param name="State">Its state.</param>
/// <param name="Task">The task of the run that started the other which did it; null: its DAG has that task no more.</param>
public sealed record RelatedRunJson(long Run, string Dag, [property: OneOf(Words.RunStates)] string State, string? Task)
{
    internal static RelatedRunJson Of(RelatedRun run) => new(run.RunId, run.DagId, Words.Run.Of(run.State), run.TaskId);

    internal RelatedRun Port => new(Run, Dag, Words.Run.Letter(State), Task);
}

/// <summary>A note of a person.</summary>
/// <param name="Task">The task that it is on; null: the run.</param>
/// <param name="MapIndex">The element of a mapped task; null: the task as a whole.</param>
/// <param name="Text">What was written.</param>
/// <param name="By">Who wrote it.</param>
/// <param name="At">When.</param>
public sealed record NoteJson(string? Task, int? MapIndex, string Text, string By, DateTimeOffset At);

/// <summary>A task of a run, or an element of a mapped one.</summary>
/// <param name="Run">The run.</param>
/// <param name="Task">The task's id.</param>
/// <param name="TaskNo">The task's number in the run's version.</param>
/// <param name="MapIndex">The element, from 0; null: the task as a whole.</param>
/// <param name="State">Its state.</param>
/// <param name="Attempt">The number of the latest attempt; 0: none yet.</param>
/// <param name="Tries">The attempts that count against its retries.</param>
/// <param name="Lost">The attempts that were lost with their worker.</param>
/// <param name="Unmet">How many upstreams have not ended.</param>
/// <param name="Ok">How many upstreams succeeded.</param>
/// <param name="Failed">How many upstreams failed.</param>
/// <param name="Skipped">How many upstreams were skipped.</param>
/// <param name="Worker">The worker that runs it or ran it last.</param>
/// <param name="WorkerId">That worker's number.</param>
/// <param name="QueuedAt">Since when it can run.</param>
/// <param name="FirstStartedAt">When its first attempt began.</param>
/// <param name="StartedAt">When its latest attempt began.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="RetryAt">When it is tried again, or asked again.</param>
/// <param name="Polls">Of a sensor, how often it said "not yet".</param>
/// <param name="Output">What it returned; in lists of all tasks only if it is small.</param>
public sealed record TaskInstanceJson(
    long Run, string Task, int TaskNo, int? MapIndex, [property: OneOf(Words.TaskStates)] string State, short Attempt, short Tries, short Lost, int Unmet, int Ok, int Failed, int Skipped,
    string? Worker, int? WorkerId, DateTimeOffset? QueuedAt, DateTimeOffset? FirstStartedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, DateTimeOffset? RetryAt, int Polls,
    JsonNode? Output)
{
    internal static TaskInstanceJson Of(InstanceRow row) => new(
        row.Key.RunId, row.TaskId, row.Key.TaskNo, Element.Of(row.Key.MapIndex), Words.Task.Of(row.State), row.Attempt, row.Tries, row.Lost, row.Unmet, row.Ok, row.Failed,
        row.Skipped, row.Worker, row.WorkerId, row.QueuedAt, row.FirstStartedAt, row.StartedAt, row.FinishedAt, row.RetryAt, row.Polls, ApiJson.Parse(row.Output));

    internal InstanceRow Port => new(
        new InstanceKey(Run, TaskNo, MapIndex ?? -1), Task, Words.Task.Letter(State), Attempt, Tries, Lost, Unmet, Ok, Failed, Skipped, WorkerId, Worker, QueuedAt, StartedAt,
        FinishedAt, RetryAt, Output?.ToJsonString())
    {
        FirstStartedAt = FirstStartedAt, Polls = Polls,
    };
}

internal static class Element
{
    public static int? Of(int index) => index >= 0 ? index : null;
}

/// <summary>An event: who did what, and what became of it.</summary>
/// <param name="Id">Its number; null in short histories.</param>
/// <param name="At">When.</param>
/// <param name="Dag">The DAG.</param>
/// <param name="Run">The run; null: of the DAG itself.</param>
/// <param name="Task">The task; null: of the run itself.</param>
/// <param name="MapIndex">The element of a mapped task.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Why">What was done, and the reason.</param>
/// <param name="Detail">More about it, such as an error with its stack.</param>
public sealed record EventJson(
    long? Id, DateTimeOffset At, string? Dag, long? Run, string? Task, int? MapIndex, short? Attempt, [property: OneOf(Words.TaskStates)] string? From,
    [property: OneOf(Words.TaskStates)] string? To, string? Actor, string? Why, JsonNode? Detail)
{
    internal static EventJson Of(EventRow row, long? id = null, string? dag = null, long? run = null) => new(
        id, row.At, dag, run, row.TaskId, row.MapIndex, row.Attempt, Words.Task.Of(row.From), Words.Task.Of(row.To), row.Actor, row.Why, ApiJson.Parse(row.Detail));

    internal static EventJson Of(NumberedEvent row) => Of(row.Event, row.Id, row.DagId, row.RunId);

    internal EventRow Port => new(At, Task, MapIndex, Attempt, Words.Task.LetterOrNull(From), Words.Task.LetterOrNull(To), Actor, Why, Detail?.ToJsonString());
}

/// <summary>The same task in the DAG's previous run.</summary>
/// <param name="Run">That run.</param>
/// <param name="ScheduledFor">The moment that it stands for.</param>
/// <param name="RunState">Its state.</param>
/// <param name="State">The task's state there; null: it has no such task, or has not started.</param>
public sealed record PastTaskJson(long Run, DateTimeOffset ScheduledFor, [property: OneOf(Words.RunStates)] string RunState, [property: OneOf(Words.TaskStates)] string? State);

/// <summary>A wait for runs of another DAG.</summary>
/// <param name="Dag">The other DAG.</param>
/// <param name="Task">Its task; null: its run.</param>
/// <param name="From">The tick that is waited for, or the start of the interval that is to be covered; null: the run that it has started.</param>
/// <param name="To">The end of that interval.</param>
/// <param name="GivesUpAt">When it gives up.</param>
/// <param name="Known">Whether the other DAG is loaded.</param>
/// <param name="Runs">The runs that concern it, oldest first.</param>
/// <param name="Paused">Whether the other DAG is paused.</param>
/// <param name="Hidden">Whether the account does not see the other DAG: then its runs are left out.</param>
public sealed record WaitJson(
    string Dag, string? Task, DateTimeOffset? From, DateTimeOffset? To, DateTimeOffset? GivesUpAt, bool Known, IReadOnlyList<WaitedRunJson> Runs, bool Paused = false, bool Hidden = false)
{
    internal static WaitJson Of(WaitRow row) => new(
        row.DagId, row.TaskId, row.From, row.To, row.GivesUpAt, row.Known, [.. row.Runs.Select(run => new WaitedRunJson(run.RunId, run.ScheduledFor, Words.Task.Of(run.State)))], row.Paused, row.Hidden);

    internal WaitRow Port => new(Dag, Task, From, To, GivesUpAt, Known, [.. Runs.Select(run => (run.Run, run.ScheduledFor, Words.Task.Letter(run.State)))]) { Paused = Paused, Hidden = Hidden };
}

/// <summary>A run that is waited for.</summary>
/// <param name="Run">The run.</param>
/// <param name="ScheduledFor">The moment that it stands for.</param>
/// <param name="State">Its state, or that of the task in it.</param>
public sealed record WaitedRunJson(long Run, DateTimeOffset ScheduledFor, [property: OneOf(Words.TaskStates)] string State);

/// <summary>What a task instance waits for outside its run.</summary>
/// <param name="Past">The same task in the DAG's previous run; null: there is no such run.</param>
/// <param name="Wait">Runs of another DAG; null: none.</param>
/// <param name="Line">The limit in whose line it stands; null: in none.</param>
/// <param name="Turn">Its place among the keys that take turns; null: it goes by age, or is not ready.</param>
public sealed record WaitingJson(PastTaskJson? Past, WaitJson? Wait, LimitLineJson? Line, TurnJson? Turn);

/// <summary>The place of a ready task instance whose DAG has a fairness key.</summary>
/// <param name="Key">The argument and its value.</param>
/// <param name="Ready">How much of that key is ready in its queue, at its priority.</param>
/// <param name="Others">How many other keys take turns with it there.</param>
/// <param name="Before">How many start before it.</param>
public sealed record TurnJson(string Key, int Ready, int Others, int? Before);
