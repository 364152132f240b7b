using System.Text.Json.Nodes;

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

    /// <summary>The cron expression; null: manual runs only.</summary>
    public string? Cron { get; init; }

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

    /// <summary>JSON Schema of the run arguments; null: the DAG takes none.</summary>
    public JsonNode? Arguments { get; init; }

    /// <summary>In the order of definition, which is a topological order.</summary>
    public required IReadOnlyList<TaskSpec> Tasks { get; init; }
}

/// <summary>A task of a <see cref="DagSpec"/>.</summary>
public sealed record TaskSpec
{
    /// <summary>Unique in the DAG.</summary>
    public required string Id { get; init; }

    /// <summary>The method that is its body, for people.</summary>
    public string? Code { get; init; }

    /// <summary>The tasks whose outputs are the body's arguments, in order. Of a mapped task the first is the list it maps over.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>All direct upstreams, inputs included, each once.</summary>
    public IReadOnlyList<EdgeSpec> Upstreams { get; init; } = [];

    /// <summary>One instance an element of the first input.</summary>
    public bool Mapped { get; init; }

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

    /// <summary>The pool whose slots it takes; null: none.</summary>
    public string? Pool { get; init; }

    /// <summary>-100 to 100; higher goes first.</summary>
    public int Priority { get; init; }

    /// <summary>The queue whose workers run it.</summary>
    public string Queue { get; init; } = "default";
}

/// <summary>An edge of the graph, seen from its lower end.</summary>
/// <param name="Task">The upstream task.</param>
/// <param name="When">JSON that the upstream's output must equal for this task to run; null: any.</param>
public sealed record EdgeSpec(string Task, JsonNode? When = null);
