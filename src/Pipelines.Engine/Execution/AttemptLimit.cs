namespace Pipelines.Engine.Execution;

/// <summary>How long an attempt may take: as its own timeout says, or what is left of the one of the whole task, whichever is less.</summary>
/// <param name="Left">From the attempt's start; null: as long as it likes; not above zero: it is over before it begins.</param>
/// <param name="Why">What has happened when it is over.</param>
internal readonly record struct AttemptLimit(TimeSpan? Left, string Why)
{
    public static AttemptLimit Of(TaskSpec task, TimeSpan sinceFirst) => task.TotalTimeout - sinceFirst is { } rest && !(task.AttemptTimeout < rest)
        ? new(rest, $"The task took longer than its timeout of {task.TotalTimeout} for all attempts and what they wait for")
        : new(task.AttemptTimeout, $"The attempt took longer than its timeout of {task.AttemptTimeout}");

    /// <summary>A wait is over with the task's time at the latest: the attempt after it says so.</summary>
    public static WaitTaskException Cut(WaitTaskException wait, TaskSpec task, DateTimeOffset firstStartedAt) => wait.NotAfter(firstStartedAt + task.TotalTimeout);
}
