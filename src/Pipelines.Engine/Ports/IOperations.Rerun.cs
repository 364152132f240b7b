namespace Pipelines.Engine.Ports;

public partial interface IOperations
{
    /// <summary>
    /// Goes on with the runs of a DAG that failed: what failed, was kept from running by that or was cancelled runs again in each, and what is done stays; or, from a task on, a new run is made of each.
    /// A transaction a run; those that cannot go on are left alone and say why.
    /// </summary>
    /// <param name="request">Which runs, and how.</param>
    /// <param name="by">Who asks for it, and why.</param>
    /// <param name="cancellation">Stops between two runs.</param>
    Task<IReadOnlyList<RerunRun>> RerunFailedAsync(RerunFailed request, Actor by, CancellationToken cancellation);
}

/// <summary>Which failed runs are to go on.</summary>
/// <param name="DagId">Their DAG.</param>
public sealed record RerunFailed(string DagId)
{
    /// <summary>Those that ended at this moment or later; null: all.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Makes a new run of each that begins at this task, without those that one was made of already; null: they go on themselves.</summary>
    public string? FromTask { get; init; }

    /// <summary>What failed, or the task where the new runs begin, keeps its steps, cursor and moments.</summary>
    public bool ReuseSteps { get; init; }

    /// <summary>Only says which they are, and why one cannot go on.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What became of a failed run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="ScheduledFor">What it stands for.</param>
/// <param name="Tasks">What of it runs again, by task.</param>
/// <param name="Instances">How many task instances that is.</param>
/// <param name="Made">The new run that was made of it; null: none was.</param>
/// <param name="Refused">Why it was left alone; null: it goes on.</param>
public sealed record RerunRun(long RunId, DateTimeOffset ScheduledFor, IReadOnlyList<string> Tasks, int Instances, long? Made = null, string? Refused = null);

/// <summary>A new run that begins with what another one came to.</summary>
/// <param name="RunId">The run that it is made of.</param>
/// <param name="FromTask">The first task that runs.</param>
public sealed record ForkRequest(long RunId, string FromTask)
{
    /// <summary>On the version of that run; false: on the DAG's current one.</summary>
    public bool OnOriginalVersion { get; init; }

    /// <summary>A JSON object of arguments that are other than that run's; null: none is.</summary>
    public string? Arguments { get; init; }

    /// <summary>The task keeps the steps that it has done there, its cursor and its moments.</summary>
    public bool ReuseSteps { get; init; }

    /// <summary>Only those completed before the step of this name; null: all, if <see cref="ReuseSteps"/>.</summary>
    public string? FromStep { get; init; }

    /// <summary>Only says what would be made.</summary>
    public bool DryRun { get; init; }
}

/// <summary>A fork.</summary>
/// <param name="RunId">Its number; of a dry run null.</param>
/// <param name="Version">The version that it runs on.</param>
/// <param name="TakenOver">The tasks that have succeeded already.</param>
/// <param name="Runs">The tasks that are to run.</param>
/// <param name="Kept">The steps that the first task keeps.</param>
public sealed record ForkedRun(long? RunId, int Version, IReadOnlyList<string> TakenOver, IReadOnlyList<string> Runs, IReadOnlyList<KeptSteps> Kept);
