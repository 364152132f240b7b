using System.Text.Json.Nodes;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Web.Api;

/// <summary>A DAG in a list.</summary>
/// <param name="Dag">Its id.</param>
/// <param name="Description">One or two sentences of its author.</param>
/// <param name="Cron">Its cron expression, if that is its schedule.</param>
/// <param name="TimeZone">The IANA zone of its schedule.</param>
/// <param name="Schedule">Its schedule in words, of whatever kind.</param>
/// <param name="Paused">Whether it starts no runs by itself.</param>
/// <param name="Retired">Whether its folder is gone; its history stays.</param>
/// <param name="NextDue">When it is due next; null: nothing is to come.</param>
/// <param name="Tasks">How many tasks it has.</param>
/// <param name="Recent">Its newest runs, oldest first.</param>
public sealed record DagSummaryJson(
    string Dag, string? Description, string? Cron, string TimeZone, string Schedule, bool Paused, bool Retired, DateTimeOffset? NextDue, int Tasks,
    IReadOnlyList<RecentRunJson> Recent)
{
    internal static DagSummaryJson Of(DagSummary dag) => new(
        dag.DagId, dag.Description, dag.Cron, dag.TimeZone, dag.Schedule, dag.Paused, dag.Retired, dag.NextDue, dag.Tasks,
        [.. dag.Recent.Select(run => new RecentRunJson(run.RunId, Words.Run.Of(run.State), run.Seconds))]);

    internal DagSummary Port => new(
        Dag, Description, Cron, TimeZone, Paused, Retired, NextDue, Tasks, [.. Recent.Select(run => new RunMark(run.Run, Words.Run.Letter(run.State), run.Seconds))], Schedule);
}

/// <summary>A run as a bar.</summary>
/// <param name="Run">Its number.</param>
/// <param name="State">Its state.</param>
/// <param name="Seconds">How long it took, or takes by now; null: it has not started.</param>
public sealed record RecentRunJson(long Run, [property: OneOf(Words.RunStates)] string State, double? Seconds);

/// <summary>A DAG.</summary>
/// <param name="Dag">Its id.</param>
/// <param name="Version">The version that new runs get.</param>
/// <param name="Hash">The hash of its graph.</param>
/// <param name="Source">The host and folder that it was loaded from.</param>
/// <param name="Schedule">Its schedule in words.</param>
/// <param name="Paused">Whether it starts no runs by itself.</param>
/// <param name="RetiredAt">When its folder went; null: it is there.</param>
/// <param name="NextDue">When it is due next; null: nothing is to come.</param>
/// <param name="LastTick">The last tick that was decided.</param>
/// <param name="LoadedAt">When this version was loaded first.</param>
/// <param name="Graph">Its graph as the author defined it: schedule, tasks, edges, policies and the JSON Schema of its arguments. Spans are seconds; what is not used is left out.</param>
/// <param name="Recent">Its newest events, newest first.</param>
public sealed record DagJson(
    string Dag, int Version, string Hash, string Source, string Schedule, bool Paused, DateTimeOffset? RetiredAt, DateTimeOffset? NextDue, DateTimeOffset? LastTick,
    DateTimeOffset LoadedAt, JsonObject Graph, IReadOnlyList<EventJson> Recent)
{
    internal static DagJson Of(DagDetail dag) => new(
        dag.Spec.Id, dag.VersionId, dag.Hash, dag.Source, SchedulePhrase.Of(dag.Spec), dag.Paused, dag.RetiredAt, dag.NextDue, dag.LastTick, dag.LoadedAt,
        ApiJson.Graph(dag.Spec), [.. dag.Recent.Select(row => EventJson.Of(row))]);

    internal DagDetail Port => new(
        ApiJson.Graph(Graph), Version, Hash, Source, Paused, RetiredAt, NextDue, LastTick, LoadedAt, [.. Recent.Select(row => row.Port)]);
}

/// <summary>A window of a DAG's runs with the states of their tasks.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Tasks">The tasks of its current version in topological order; after them those that only older runs have.</param>
/// <param name="Runs">The runs, oldest first.</param>
public sealed record GridJson(DagJson Dag, IReadOnlyList<GridTaskJson> Tasks, IReadOnlyList<GridRunJson> Runs)
{
    internal static GridJson Of(Grid grid) => new(
        DagJson.Of(grid.Dag),
        [.. grid.Tasks.Select(task => new GridTaskJson(task.TaskId, task.Mapped, Camel(task.Role)))],
        [.. grid.Runs.Select(run => new GridRunJson(RunJson.Of(run.Run), run.VersionId, [.. run.Strip.Select(state => state == '.' ? null : Words.Task.Of(state))]))]);

    internal Grid Port => new(
        Dag.Port,
        [.. Tasks.Select(task => new GridTask(task.Task, task.Mapped, Enum.Parse<TaskRole>(task.Role, ignoreCase: true)))],
        [.. Runs.Select(run => new GridRun(run.Run.Port, string.Concat(run.States.Select(state => Words.Task.LetterOrNull(state) ?? '.')), run.Version))]);

    private static string Camel(TaskRole role) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(role.ToString());
}

/// <summary>A row of a grid.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Mapped">Whether it has an instance an element.</param>
/// <param name="Role">What it is for.</param>
public sealed record GridTaskJson(string Task, bool Mapped, [property: OneOf("task teardown onFailure onSuccess")] string Role);

/// <summary>A column of a grid.</summary>
/// <param name="Run">The run.</param>
/// <param name="Version">The version that it runs on.</param>
/// <param name="States">A state a task of the grid, in its order; null: the run has no such task, or has not started.</param>
public sealed record GridRunJson(RunJson Run, int Version, IReadOnlyList<string?> States);

/// <summary>What the scheduler decides from.</summary>
/// <param name="Dag">The DAG's number.</param>
/// <param name="Version">The version whose schedule is in force.</param>
/// <param name="Graph">The graph of that version.</param>
/// <param name="Key">What makes it this schedule and no other; null: manual runs only.</param>
/// <param name="Since">Since when it is in force.</param>
/// <param name="LastTick">Everything up to and including this is decided; null: nothing yet.</param>
/// <param name="NextDue">When it is due next; null: nothing is to come.</param>
/// <param name="Now">The database's time.</param>
/// <param name="Open">Of a continuous DAG: whether a run of it is queued or running.</param>
/// <param name="Past">Former schedules with moments that are not decided, oldest first.</param>
public sealed record SchedulingJson(
    int Dag, int Version, JsonObject Graph, string? Key, DateTimeOffset Since, DateTimeOffset? LastTick, DateTimeOffset? NextDue, DateTimeOffset Now, bool Open,
    IReadOnlyList<PastScheduleJson> Past)
{
    internal static SchedulingJson Of(DueDag dag) => new(
        dag.DagNo, dag.VersionId, ApiJson.Graph(dag.Spec), dag.Schedule, dag.Since.ToDateTimeOffset(), dag.LastTick?.ToDateTimeOffset(),
        dag.NextDue == Instant.MaxValue ? null : dag.NextDue.ToDateTimeOffset(), dag.Now.ToDateTimeOffset(), dag.Open,
        [.. dag.Past.Select(past => new PastScheduleJson(past.VersionId, ApiJson.Graph(past.Spec), past.Since.ToDateTimeOffset(), past.Until.ToDateTimeOffset()))]);

    internal DueDag Port => new(Dag, ApiJson.Graph(Graph), Key, At(LastTick), At(NextDue) ?? Instant.MaxValue, Instant.FromDateTimeOffset(Now))
    {
        VersionId = Version, Since = Instant.FromDateTimeOffset(Since), Open = Open,
        Past = [.. Past.Select(past => new PastSchedule(past.Version, ApiJson.Graph(past.Graph), Instant.FromDateTimeOffset(past.Since), Instant.FromDateTimeOffset(past.Until)))],
    };

    private static Instant? At(DateTimeOffset? at) => at is { } known ? Instant.FromDateTimeOffset(known) : null;
}

/// <summary>A schedule that was in force.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Graph">The graph of that version.</param>
/// <param name="Since">From when on.</param>
/// <param name="Until">Until when.</param>
public sealed record PastScheduleJson(int Version, JsonObject Graph, DateTimeOffset Since, DateTimeOffset Until);

/// <summary>A tick of a schedule.</summary>
/// <param name="ScheduledFor">The tick; its run starts then.</param>
/// <param name="IntervalStart">The start of the data.</param>
/// <param name="IntervalEnd">The end of the data, exclusive.</param>
public sealed record TickJson(DateTimeOffset ScheduledFor, DateTimeOffset IntervalStart, DateTimeOffset IntervalEnd)
{
    internal static TickJson Of(Tick tick) => new(tick.ScheduledFor.ToDateTimeOffset(), tick.IntervalStart.ToDateTimeOffset(), tick.IntervalEnd.ToDateTimeOffset());
}

/// <summary>A run that exists for a tick.</summary>
/// <param name="ScheduledFor">The tick.</param>
/// <param name="State">The run's state.</param>
public sealed record TickRunJson(DateTimeOffset ScheduledFor, [property: OneOf(Words.RunStates)] string State);

/// <summary>How long runs usually take.</summary>
/// <param name="Seconds">The median of the newest successful ones, up to 50; null: there are none.</param>
public sealed record TypicalJson(double? Seconds);

/// <summary>Whether a DAG is paused.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Paused">Whether it starts no runs by itself.</param>
public sealed record PausedJson(string Dag, bool Paused);

/// <summary>A DAG that could not be loaded.</summary>
/// <param name="Source">Host and folder.</param>
/// <param name="Dag">The DAG's id; null: the whole folder could not be loaded.</param>
/// <param name="File">The file's name in the folder.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Fix">How to mend it.</param>
public sealed record ImportErrorJson(string Source, string? Dag, string File, string What, string Fix)
{
    internal static ImportErrorJson Of(ImportError row) => new(row.Source, row.DagId, row.File, row.What, row.Fix);

    internal ImportError Port => new(Source, Dag, File, What, Fix);
}
