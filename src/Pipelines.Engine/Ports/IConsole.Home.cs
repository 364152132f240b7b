namespace Pipelines.Engine.Ports;

public partial interface IConsole
{
    /// <summary>Every DAG with its newest run, without its tasks; retired ones come last.</summary>
    Task<IReadOnlyList<DagLine>> DagLinesAsync(CancellationToken cancellation);

    /// <summary>The newest runs of some DAGs, each oldest first.</summary>
    Task<IReadOnlyDictionary<string, IReadOnlyList<RunMark>>> RecentRunsAsync(IReadOnlyList<string> dags, int runs, CancellationToken cancellation);

    /// <summary>What has been going on since a moment.</summary>
    /// <param name="since">The start of the window.</param>
    /// <param name="dags">Only these; null: all.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<Figures> FiguresAsync(DateTimeOffset since, IReadOnlyList<string>? dags, CancellationToken cancellation);

    /// <summary>The tasks that failed in runs that ended as failed since a moment, the newest runs first; of each DAG only some.</summary>
    Task<IReadOnlyList<FailedTask>> FailuresAsync(DateTimeOffset since, IReadOnlyList<string>? dags, CancellationToken cancellation);

    /// <summary>The runs that started last among those that run.</summary>
    Task<IReadOnlyList<RunningRun>> RunningAsync(IReadOnlyList<string>? dags, int limit, CancellationToken cancellation);

    /// <summary>Task instances that wait to be tried again, the next first.</summary>
    Task<IReadOnlyList<RetryingTask>> RetryingAsync(IReadOnlyList<string>? dags, int limit, CancellationToken cancellation);

    /// <summary>What the side bar counts.</summary>
    Task<SideCounts> SideCountsAsync(CancellationToken cancellation);

    /// <summary>Differs when runs start or end, or DAGs change: cheap enough to be asked all the time.</summary>
    Task<string> PulseAsync(CancellationToken cancellation);
}

/// <summary>A DAG in a list.</summary>
/// <param name="Spec">Its current graph without the tasks.</param>
/// <param name="Tasks">How many tasks it has.</param>
/// <param name="Last">The newest run; null: it never ran.</param>
/// <param name="LastFor">What that run is scheduled for.</param>
public sealed record DagLine(DagSpec Spec, int VersionId, int Tasks, bool Paused, bool Retired, DateTimeOffset? NextDue, RunMark? Last, DateTimeOffset? LastFor);

/// <param name="Buckets">The window in equal parts, oldest first.</param>
/// <param name="More">The window has more runs: these are the newest of them.</param>
/// <param name="WaitSeconds">95 of 100 runs waited less from being made to their start; null: none has started.</param>
/// <param name="LagSeconds">95 of 100 scheduled runs were made so soon after their time; null: none was.</param>
/// <param name="Running">Runs that run now.</param>
/// <param name="Queued">Task instances that could run now, at most 10,001.</param>
/// <param name="Workers">Workers that are alive.</param>
public sealed record Figures(
    IReadOnlyList<FigureBucket> Buckets, bool More, double? WaitSeconds, double? LagSeconds, int Running, int QueuedRuns, int Queued, int Workers, int Slots, int Busy)
{
    /// <summary>Into how many parts a window is cut.</summary>
    public const int Parts = 24;

    public int Runs => Buckets.Sum(bucket => bucket.Runs);

    public int Succeeded => Buckets.Sum(bucket => bucket.Succeeded);

    public int Failed => Buckets.Sum(bucket => bucket.Failed);
}

public sealed record FigureBucket(int Runs, int Succeeded, int Failed, double WaitSeconds, double LagSeconds);

/// <param name="MapIndex">Of a mapped task its first element that failed, else -1.</param>
/// <param name="Failures">How many runs of the DAG failed in the window, at most 1,000.</param>
public sealed record FailedTask(
    string DagId, long RunId, DateTimeOffset ScheduledFor, DateTimeOffset At, string TaskId, int MapIndex, short Attempt, string? Why, string? Detail, int Failures);

/// <param name="Typical">The median of the seconds that the DAG's newest successful runs took; null: there are none.</param>
/// <param name="TaskId">A task that runs now.</param>
public sealed record RunningRun(RunSummary Run, double? Typical, string? TaskId);

public sealed record RetryingTask(string DagId, long RunId, string TaskId, int MapIndex, short Attempt, DateTimeOffset DueAt);

/// <param name="Approvals">How many are open.</param>
/// <param name="OldestDue">The earliest tick that is to be handled; one that is long past means that no scheduler works.</param>
public sealed record SideCounts(int Dags, int Backfills, int ImportErrors, int Approvals, DateTimeOffset? OldestDue, DateTimeOffset Now);
