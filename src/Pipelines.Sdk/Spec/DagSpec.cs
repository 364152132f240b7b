using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pipelines;

/// <summary>A DAG's graph as plain data: what is stored, hashed and shown. It names types and never holds them.</summary>
public sealed record DagSpec
{
    /// <summary>The DAG's id.</summary>
    public required string Id { get; init; }

    /// <summary>The full name of the class that defines it.</summary>
    public required string Type { get; init; }

    /// <summary>One or two sentences.</summary>
    public string? Description { get; init; }

    /// <summary>The team or person to ask about it; null: nobody is named.</summary>
    public string? Owner { get; init; }

    /// <summary>Words by which lists are filtered; null: none.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The attribute's cron expression; null: <see cref="Schedule"/>, if that is not null, else manual runs only.</summary>
    public string? Cron { get; init; }

    /// <summary>The schedule that Define names, instead of <see cref="Cron"/>.</summary>
    public ScheduleSpec? Schedule { get; init; }

    /// <summary>The assets whose updates start runs, beside the schedule; null: none do.</summary>
    public AssetCondition? Assets { get; init; }

    /// <summary>Runs are made later by a fixed time, less than this; null: at once.</summary>
    public TimeSpan? Jitter { get; init; }

    /// <summary>So many failed scheduled runs in a row pause the DAG; null: none do.</summary>
    public int? AutoPauseAfter { get; init; }

    /// <summary>IANA zone.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>As the author wrote it.</summary>
    public string? Start { get; init; }

    /// <summary>As the author wrote it.</summary>
    public string? End { get; init; }

    /// <summary>What happens to missed ticks.</summary>
    public Catchup Catchup { get; init; }

    /// <summary>Scheduled and manual runs at once.</summary>
    public int MaxActiveRuns { get; init; }

    /// <summary>The longest a run may take, from its start; null: no limit.</summary>
    public TimeSpan? RunTimeout { get; init; }

    /// <summary>The first task that fails stops its run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]     // what a graph does not use leaves its hash alone
    public bool FailFast { get; init; }

    /// <summary>What becomes of open runs of older versions when this one is loaded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]     // what a graph does not use leaves its hash alone
    public VersionPolicy VersionPolicy { get; init; }

    /// <summary>The argument of whose values each has at most one open run; null: there may be any number.</summary>
    public string? RunKey { get; init; }

    /// <summary>What becomes of who asks for a second one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]     // what a graph does not use leaves its hash alone
    public OnConflict OnConflict { get; init; }

    /// <summary>The argument by whose values runs take turns; null: they go by age.</summary>
    public string? FairnessKey { get; init; }

    /// <summary>The argument that says how many turns a value has where others have one; null: all have one.</summary>
    public string? FairnessWeight { get; init; }

    /// <summary>Who is told how its runs end; null: nobody.</summary>
    public IReadOnlyList<NotifySpec>? Notify { get; init; }

    /// <summary>Who is told when a run has not ended in time; null: nobody.</summary>
    public IReadOnlyList<DeadlineSpec>? Deadlines { get; init; }

    /// <summary>JSON Schema of the run arguments; null: the DAG takes none.</summary>
    public JsonNode? Arguments { get; init; }

    /// <summary>
    /// In the order of definition, which is a topological order. Only of a run that was moved to another version while it ran the tasks keep the places that they had, and
    /// added ones come last.
    /// </summary>
    public required IReadOnlyList<TaskSpec> Tasks { get; init; }
}

/// <summary>A task of a <see cref="DagSpec"/>.</summary>
public sealed record TaskSpec
{
    /// <summary>Unique in the DAG.</summary>
    public required string Id { get; init; }

    /// <summary>The method that is its body, for people.</summary>
    public string? Code { get; init; }

    /// <summary>What it is for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]     // what a graph does not use leaves its hash alone
    public TaskRole Role { get; init; }

    /// <summary>
    /// The tasks whose outputs are the body's arguments, in order. <c>parts[]</c> is one element of the list that <c>parts</c> returns: that of
    /// the instance's index. Of an upstream in the same mapped group it is the output of the same index.
    /// </summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>All direct upstreams, inputs included, each once.</summary>
    public IReadOnlyList<EdgeSpec> Upstreams { get; init; } = [];

    /// <summary>The task whose list it is mapped over, one instance an element; null: it is not mapped.</summary>
    public string? Over { get; init; }

    /// <summary>Whether it has one instance an element of <see cref="Over"/>.</summary>
    [JsonIgnore]
    public bool Mapped => Over is not null;

    /// <summary>What it waits for in place of running a body; null: it has a body.</summary>
    public WaitSpec? Wait { get; init; }

    /// <summary>Of a sensor, how it is polled; null: it is none.</summary>
    public PollPolicy? Poll { get; init; }

    /// <summary>The assets that its success updates; null: none.</summary>
    public IReadOnlyList<string>? Produces { get; init; }

    /// <summary>Waits until the same task of the DAG's previous run has succeeded or was skipped.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]     // what a graph does not use leaves its hash alone
    public bool DependsOnPast { get; init; }

    /// <summary>With <see cref="DependsOnPast"/>: and until what comes directly after it has, there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]     // what a graph does not use leaves its hash alone
    public bool WaitForDownstream { get; init; }

    /// <summary>Skipped in a run that is not the DAG's latest.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]     // what a graph does not use leaves its hash alone
    public bool LatestOnly { get; init; }

    /// <summary>Instances of a mapped task that may run at once in one run; null: no limit.</summary>
    public int? MaxParallel { get; init; }

    /// <summary>When it runs, given how its upstreams ended.</summary>
    public TriggerRule TriggerRule { get; init; }

    /// <summary>When a failed attempt is tried again.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.None;

    /// <summary>The longest an attempt may take; null: no limit.</summary>
    public TimeSpan? AttemptTimeout { get; init; }

    /// <summary>The longest all attempts may take together, waits included, from the start of the first; null: no limit.</summary>
    public TimeSpan? TotalTimeout { get; init; }

    /// <summary>The longest it may be ready without being taken by a worker; null: no limit.</summary>
    public double? QueueTimeoutSeconds { get; init; }

    /// <summary>The longest its body may say nothing; null: no limit.</summary>
    public TimeSpan? HeartbeatTimeout { get; init; }

    /// <summary>The pool whose slots it takes; null: none.</summary>
    public string? Pool { get; init; }

    /// <summary>How many of the pool's slots it takes; null: one.</summary>
    public int? PoolSlots { get; init; }

    /// <summary>What else its attempts keep to, beside its pool; null: nothing.</summary>
    public IReadOnlyList<LimitSpec>? Limits { get; init; }

    /// <summary>Who is told how it ends; null: nobody.</summary>
    public IReadOnlyList<NotifySpec>? Notify { get; init; }

    /// <summary>Who is told when it has not ended in time; null: nobody.</summary>
    public IReadOnlyList<DeadlineSpec>? Deadlines { get; init; }

    /// <summary>-100 to 100; higher goes first.</summary>
    public int Priority { get; init; }

    /// <summary>The queue whose workers run it.</summary>
    public string Queue { get; init; } = "default";
}

/// <summary>What a task is for.</summary>
public enum TaskRole
{
    /// <summary>Work: its failure, when not handled, fails the run.</summary>
    Task,

    /// <summary>Takes down what its setups made: runs when one of them succeeded and the work between has ended, however. It never changes how the run ends.</summary>
    Teardown,

    /// <summary>Runs when its upstream failed; without an upstream, when the run did.</summary>
    OnFailure,

    /// <summary>Runs when its upstream succeeded; without an upstream, when the run did.</summary>
    OnSuccess,

    /// <summary>Undoes what its upstream has done, when the run has failed or was cancelled.</summary>
    Undo,

    /// <summary>Of a run that was moved to another version while it ran: a task that this version has no more. It never runs; what it came to is history.</summary>
    Removed,
}

/// <summary>How an edge counts.</summary>
public enum EdgeKind
{
    /// <summary>The upstream's outcome counts by the trigger rule.</summary>
    Outcome,

    /// <summary>Only waited for, however it ends: the work above a teardown.</summary>
    Wait,

    /// <summary>Between two tasks of one mapped group: element i waits for element i.</summary>
    Index,
}

/// <summary>An edge of the graph, seen from its lower end.</summary>
/// <param name="Task">The upstream task.</param>
/// <param name="When">JSON that the upstream's output must equal for this task to run; null: any.</param>
/// <param name="Kind">How it counts.</param>
public sealed record EdgeSpec(
    string Task, JsonNode? When = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] EdgeKind Kind = EdgeKind.Outcome);
