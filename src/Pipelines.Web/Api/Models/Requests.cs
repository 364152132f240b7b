using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>A run to be started by hand.</summary>
/// <param name="IntervalStart">The start of its data; null: the last complete interval of the schedule.</param>
/// <param name="IntervalEnd">The end of its data, exclusive; given with the start.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Key">Your own name for it, up to 200 characters: a DAG makes one run of a key, however often it is asked to.</param>
/// <param name="Note">A note on it.</param>
/// <param name="Signal">A signal that it is sent in the same transaction, also when the run of the key is there already.</param>
/// <param name="Priority">Its tasks go before ready tasks of lower priority by so much more; -100 to 100.</param>
public sealed record StartRunJson(
    DateTimeOffset? IntervalStart = null, DateTimeOffset? IntervalEnd = null, JsonObject? Arguments = null, string? Key = null, string? Note = null, StartSignalJson? Signal = null,
    int Priority = 0);

/// <summary>A signal that goes with the start of a run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Data">What is sent with it.</param>
/// <param name="Key">Your own name for it; a run takes one signal of a name and key.</param>
public sealed record StartSignalJson(string Name, JsonNode? Data = null, string? Key = null);

/// <summary>A run that was started.</summary>
/// <param name="Run">Its number.</param>
/// <param name="IsNew">False: the run of this key was there already.</param>
public sealed record StartedRunJson(long Run, bool IsNew);

/// <summary>A state after an action.</summary>
/// <param name="Run">The run.</param>
/// <param name="State">Its state after: running while attempts are told to stop, or teardowns are to come.</param>
public sealed record RunStateJson(long Run, [property: OneOf(Words.RunStates)] string State);

/// <summary>Which task instances are to run again.</summary>
/// <param name="Task">The task; null: those of the group.</param>
/// <param name="Group">The group, whose tasks' ids begin with its name.</param>
/// <param name="MapIndex">One element of a mapped task; null: all of it.</param>
/// <param name="Downstream">Also all that is below.</param>
/// <param name="Upstream">Also all that is above.</param>
/// <param name="OnlyFailed">Of all these only what failed, was kept from running by a failure, or was cancelled.</param>
/// <param name="Past">Also in the DAG's runs for earlier times.</param>
/// <param name="Future">Also in the DAG's runs for later times.</param>
/// <param name="DryRun">Only say what would be cleared.</param>
/// <param name="ReuseSteps">The named tasks keep their steps, cursors and moments, but for those below another named one.</param>
/// <param name="FromStep">Of steps only those that were completed before the one of this name; null: all, with reuseSteps.</param>
public sealed record ClearJson(
    string? Task = null, string? Group = null, int? MapIndex = null, bool Downstream = true, bool Upstream = false, bool OnlyFailed = false, bool Past = false, bool Future = false,
    bool DryRun = false, bool ReuseSteps = false, string? FromStep = null);

/// <summary>What was cleared in one run.</summary>
/// <param name="Run">The run.</param>
/// <param name="ScheduledFor">The moment that it stands for.</param>
/// <param name="Instances">What was named, in the order of the graph.</param>
/// <param name="Cleared">How many task instances that was, elements counted.</param>
/// <param name="Refused">Why nothing was cleared; null: it was.</param>
/// <param name="Kept">The steps that are kept.</param>
public sealed record ClearedJson(
    long Run, DateTimeOffset ScheduledFor, IReadOnlyList<ClearedInstanceJson> Instances, int Cleared, string? Refused, IReadOnlyList<KeptStepsJson> Kept);

/// <summary>What a task instance keeps that runs again.</summary>
/// <param name="Task">The task.</param>
/// <param name="MapIndex">The element; null: it is not mapped.</param>
/// <param name="Steps">The names of its steps.</param>
/// <param name="Cursor">Whether it keeps its cursor.</param>
public sealed record KeptStepsJson(string Task, int? MapIndex, IReadOnlyList<string> Steps, bool Cursor)
{
    internal static KeptStepsJson Of(KeptSteps kept) => new(kept.TaskId, Element.Of(kept.MapIndex), kept.Steps, kept.Cursor);

    internal KeptSteps Port => new(Task, MapIndex ?? -1, Steps, Cursor);
}

/// <summary>A task instance that was cleared.</summary>
/// <param name="Task">The task.</param>
/// <param name="MapIndex">The element; null: the task with all its elements.</param>
/// <param name="State">Its state before.</param>
public sealed record ClearedInstanceJson(string Task, int? MapIndex, [property: OneOf(Words.TaskStates)] string State);

/// <summary>Task instances of a run.</summary>
/// <param name="Instances">Exactly these.</param>
public sealed record InstancesJson(IReadOnlyList<InstanceNameJson> Instances);

/// <summary>Names a task instance.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="MapIndex">An element of it; null: the task with all its elements.</param>
public sealed record InstanceNameJson(string Task, int? MapIndex = null);

/// <summary>A count.</summary>
/// <param name="Count">How many it was.</param>
public sealed record CountJson(int Count);

/// <summary>Task instances to be ended by hand.</summary>
/// <param name="Instances">Exactly these.</param>
/// <param name="State">As what.</param>
public sealed record MarkTasksJson(IReadOnlyList<InstanceNameJson> Instances, [property: OneOf("succeeded failed skipped")] string State);

/// <summary>A run to be ended by hand.</summary>
/// <param name="State">As what.</param>
public sealed record MarkRunJson([property: OneOf("succeeded failed")] string State);

/// <summary>A run to be run again as a whole.</summary>
/// <param name="Version">Its own version, or the DAG's current one.</param>
public sealed record RestartJson([property: OneOf("current original")] string Version = "original");

/// <summary>A run to be made anew from a task on.</summary>
/// <param name="FromTask">The task; what is above it is taken over with its outputs.</param>
public sealed record RerunJson(string FromTask);

/// <summary>A run to be made that begins with what another one came to.</summary>
/// <param name="FromTask">The first task that runs; what had succeeded and is not below it is taken over with its outputs.</param>
/// <param name="Version">The version of that run, or the DAG's current one.</param>
/// <param name="Arguments">Arguments that are other than that run's; null: none is.</param>
/// <param name="ReuseSteps">The first task keeps the steps that it has done there, its cursor and its moments.</param>
/// <param name="FromStep">Of its steps only those that were completed before the one of this name; null: all, with reuseSteps.</param>
/// <param name="DryRun">Only say what would be made.</param>
public sealed record ForkJson(
    string FromTask, [property: OneOf("original current")] string Version = "original", JsonObject? Arguments = null, bool ReuseSteps = false, string? FromStep = null, bool DryRun = false);

/// <summary>A fork.</summary>
/// <param name="Run">Its number; null: of a dry run.</param>
/// <param name="Version">The version that it runs on.</param>
/// <param name="TakenOver">The tasks that have succeeded already.</param>
/// <param name="Runs">The tasks that are to run.</param>
/// <param name="Kept">The steps that the first task keeps.</param>
public sealed record ForkedRunJson(long? Run, int Version, IReadOnlyList<string> TakenOver, IReadOnlyList<string> Runs, IReadOnlyList<KeptStepsJson> Kept)
{
    internal static ForkedRunJson Of(ForkedRun fork) => new(fork.RunId, fork.Version, fork.TakenOver, fork.Runs, [.. fork.Kept.Select(KeptStepsJson.Of)]);

    internal ForkedRun Port => new(Run, Version, TakenOver, Runs, [.. Kept.Select(kept => kept.Port)]);
}

/// <summary>A note.</summary>
/// <param name="Text">Up to 2,000 characters; null takes the note away.</param>
public sealed record WriteNoteJson(string? Text);

/// <summary>A backfill to be made.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="From">The first day of data, in the DAG's zone.</param>
/// <param name="To">The last day of data, included.</param>
/// <param name="Existing">What happens to dates that have a run: missing leaves them, failed runs failed and cancelled ones again, all every one that has ended.</param>
/// <param name="NewestFirst">The newest date first.</param>
/// <param name="MaxActive">Runs at once.</param>
/// <param name="Tasks">Only these tasks; null: all.</param>
/// <param name="Downstream">With tasks: everything below them as well.</param>
/// <param name="Version">What dates that are run again run on.</param>
/// <param name="Arguments">The arguments of every run; null: the defaults.</param>
/// <param name="Total">How many runs a preview found; null: the server counts. Needed where the schedule is code of the DAG.</param>
/// <param name="MakesRuns">Whether there are dates without a run; null: the server looks.</param>
public sealed record NewBackfillJson(
    string Dag, DateOnly From, DateOnly To, [property: OneOf("missing failed all")] string Existing = "missing", bool NewestFirst = false, int MaxActive = 16,
    IReadOnlyList<string>? Tasks = null, bool Downstream = false, [property: OneOf("current original")] string Version = "current", JsonObject? Arguments = null, int? Total = null,
    bool? MakesRuns = null);

/// <summary>The number of a backfill.</summary>
/// <param name="Backfill">The number.</param>
public sealed record BackfillIdJson(long Backfill);

/// <summary>How a backfill is cancelled.</summary>
/// <param name="StopRunning">Also cancel the runs of it that run.</param>
public sealed record CancelBackfillJson(bool StopRunning = false);

/// <summary>How fast a backfill goes.</summary>
/// <param name="MaxActive">Runs at once.</param>
public sealed record SpeedJson(int MaxActive);

/// <summary>A size of a pool.</summary>
/// <param name="Slots">How many tasks run at once in it.</param>
public sealed record PoolSizeJson(int Slots);

/// <summary>An update of an asset, told from outside.</summary>
/// <param name="Extra">JSON for the runs that it starts; null: none.</param>
public sealed record UpdateAssetJson(JsonNode? Extra = null);

/// <summary>The number of an update.</summary>
/// <param name="Update">The number.</param>
public sealed record UpdateIdJson(long Update);
