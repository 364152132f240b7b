namespace Pipelines;

/// <summary>Names a DAG and says when it runs.</summary>
/// <param name="id">Unique in the deployment: lower-case letters, digits, <c>_</c>, <c>-</c> and <c>.</c>, at most 100 characters.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DagAttribute(string id) : Attribute
{
    /// <summary>The DAG's id.</summary>
    public string Id { get; } = id;

    /// <summary>Five cron fields, or six with seconds first, or a macro such as <c>@daily</c>. Null: the schedule is that of Define (<see cref="DagBuilder.Schedule(ScheduleSpec)"/>), or none: it runs only when asked.</summary>
    public string? Cron { get; init; }

    /// <summary>The IANA zone in which the schedule, <see cref="Start"/> and <see cref="End"/> are read.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Where the data begins (ISO date or date-time): no interval starts before it.</summary>
    public string? Start { get; init; }

    /// <summary>Where the data ends, exclusive (ISO date or date-time): no interval ends after it.</summary>
    public string? End { get; init; }

    /// <summary>What happens to ticks missed while the DAG was paused or no scheduler ran.</summary>
    public Catchup Catchup { get; init; } = Catchup.Latest;

    /// <summary>How many scheduled and manual runs may run at once; the next ones stay queued. Backfills bring a limit of their own.</summary>
    public int MaxActiveRuns { get; init; } = 16;

    /// <summary>What becomes of runs that are queued or running when a new version of the DAG is loaded.</summary>
    /// <example>
    /// A registration takes ninety days. When two steps are added, the runs that wait take them up:
    /// <code>
    /// [Dag("registration", VersionPolicy = VersionPolicy.Adopt)]
    /// public sealed class Registration : Dag
    /// {
    ///     public override void Define(DagBuilder dag)
    ///     {
    ///         var submit = dag.Task("submit", context => context.Logger.LogInformation("submitted"));
    ///         var cool = dag.Delay("cooling_off", TimeSpan.FromDays(90)).After(submit);
    ///         dag.Task("notify", context => context.Logger.LogInformation("told")).After(cool);       // added in version 2
    ///     }
    /// }
    /// </code>
    /// </example>
    public VersionPolicy VersionPolicy { get; init; } = VersionPolicy.Pin;

    /// <summary>
    /// The argument that is the key of a run: of each key at most one run is open, queued or running, however many ask for one. Runs of the schedule, of backfills and of assets have no key, and
    /// neither has one whose argument is null. Null: the DAG's runs have none.
    /// </summary>
    /// <example>
    /// One run a customer, for as long as there is something to do for them; who asks for another one gets the one that is open:
    /// <code>
    /// public sealed record Customer(string CustomerId);
    ///
    /// [Dag("customer", RunKey = "customerId", OnConflict = OnConflict.Join)]
    /// public sealed class CustomerDag : Dag&lt;Customer&gt;
    /// {
    ///     public override void Define(DagBuilder dag) => dag.Task("serve", context => context.Logger.LogInformation("served"));
    /// }
    /// </code>
    /// </example>
    public string? RunKey { get; init; }

    /// <summary>What becomes of who asks for a run of a <see cref="RunKey"/> while another one is open.</summary>
    public OnConflict OnConflict { get; init; } = OnConflict.Reject;

    /// <summary>
    /// The argument by whose values runs take turns, such as a customer: null, nobody takes turns. Among what is ready in a queue at equal priority, and among runs that wait for
    /// <see cref="MaxActiveRuns"/>, starts go round the values: who has asked for ten thousand runs delays another's first by about one start of each value that waits. DAGs whose key
    /// has the same name take turns together. A run that was given no value has its default; those without one are a value of their own. What waits in the line of a limit goes by age: key the limit.
    /// </summary>
    /// <example>
    /// <code>
    /// public sealed record Orders(string Customer, int Tier = 1);
    ///
    /// [Dag("orders", FairnessKey = "customer", FairnessWeight = "tier")]
    /// public sealed class OrdersDag : Dag&lt;Orders>
    /// {
    ///     public override void Define(DagBuilder dag) => dag.Task("send", context => context.Logger.LogInformation("sent to {Customer}", Arguments.Customer));
    /// }
    /// </code>
    /// </example>
    public string? FairnessKey { get; init; }

    /// <summary>The argument that says how many turns a value of <see cref="FairnessKey"/> has where others have one: a number of 0.001 to 1000; what is no number counts as 1; null: all have one.</summary>
    public string? FairnessWeight { get; init; }

    /// <summary>One or two sentences for the console.</summary>
    public string? Description { get; init; }

    /// <summary>The team or person to ask about it.</summary>
    public string? Owner { get; init; }

    /// <summary>Words by which the console's lists are filtered, such as <c>sales</c> or <c>tier-1</c>.</summary>
    public string[] Tags { get; init; } = [];
}

/// <summary>What happens to missed ticks.</summary>
public enum Catchup
{
    /// <summary>One run, for the latest missed tick.</summary>
    Latest,

    /// <summary>A run for every missed tick since <see cref="DagAttribute.Start"/>, oldest first.</summary>
    All,

    /// <summary>None: missed ticks are left to a backfill.</summary>
    None,
}

/// <summary>
/// What becomes of queued and running runs when a new version of their DAG is loaded. A run is moved as a whole and only where nothing is doubled or lost by it: tasks are
/// matched by id, what they have come to stays, added ones run, and what waits is decided anew. A run that cannot be moved stays, with the reason in its history;
/// <c>pipelines runs upgrade</c> moves runs by hand.
/// </summary>
public enum VersionPolicy
{
    /// <summary>They end on the version they began on.</summary>
    Pin,

    /// <summary>They are moved to the new version.</summary>
    Adopt,

    /// <summary>Those that have not started any task are moved to it, the others end on theirs.</summary>
    AdoptPending,
}

/// <summary>What becomes of who asks for a run while one of the same <see cref="DagAttribute.RunKey"/> is open. A run that has ended is never opened again beside an open one.</summary>
public enum OnConflict
{
    /// <summary>They are refused, and told which run is open. A task that starts runs fails.</summary>
    Reject,

    /// <summary>The open run is the answer. A task that starts runs waits for that one.</summary>
    Join,

    /// <summary>Their run is made, and starts when those of its key before it have ended, in the order in which they were made.</summary>
    Queue,

    /// <summary>Like <see cref="Join"/>; the signal that came with the request is sent to the open run.</summary>
    SignalExisting,
}
