using System.Text.Json.Nodes;

namespace Pipelines.Web.Api;

/// <summary>A run to be started by hand.</summary>
/// <param name="IntervalStart">The start of its data; null: the last complete interval of the schedule.</param>
/// <param name="IntervalEnd">The end of its data, exclusive; given with the start.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Key">Your own name for it, up to 200 characters: a DAG makes one run of a key, however often it is asked to.</param>
/// <param name="Note">A note on it.</param>
public sealed record StartRunJson(DateTimeOffset? IntervalStart = null, DateTimeOffset? IntervalEnd = null, JsonObject? Arguments = null, string? Key = null, string? Note = null);

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
public sealed record ClearJson(
    string? Task = null, string? Group = null, int? MapIndex = null, bool Downstream = true, bool Upstream = false, bool OnlyFailed = false, bool Past = false, bool Future = false,
    bool DryRun = false);

/// <summary>What was cleared in one run.</summary>
/// <param name="Run">The run.</param>
/// <param name="ScheduledFor">The moment that it stands for.</param>
/// <param name="Instances">What was named, in the order of the graph.</param>
/// <param name="Cleared">How many task instances that was, elements counted.</param>
/// <param name="Refused">Why nothing was cleared; null: it was.</param>
public sealed record ClearedJson(long Run, DateTimeOffset ScheduledFor, IReadOnlyList<ClearedInstanceJson> Instances, int Cleared, string? Refused);

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
