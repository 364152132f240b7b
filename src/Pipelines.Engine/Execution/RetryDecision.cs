namespace Pipelines.Engine.Execution;

/// <summary>Whether and when a failed attempt is tried again. Pure: the same input gives the same answer.</summary>
public static class RetryDecision
{
    /// <param name="task">Its policy and total timeout.</param>
    /// <param name="tries">Attempts that count, this one included.</param>
    /// <param name="sinceFirst">Since the first attempt started.</param>
    /// <param name="error">What the body threw.</param>
    /// <param name="random">0 to 1, for the jitter.</param>
    /// <returns>The wait; null: no further attempt.</returns>
    public static TimeSpan? Next(TaskSpec task, int tries, TimeSpan sinceFirst, Exception error, double random) =>
        Next(task.Retry, task.TotalTimeout, tries, sinceFirst, error, random);

    /// <param name="policy">The policy.</param>
    /// <param name="longest">No retry starts later than this after the first try; null: no limit.</param>
    /// <param name="tries">Tries that count, this one included.</param>
    /// <param name="sinceFirst">Since the first one started.</param>
    /// <param name="error">What was thrown.</param>
    /// <param name="random">0 to 1, for the jitter.</param>
    /// <returns>The wait; null: no further try.</returns>
    public static TimeSpan? Next(RetryPolicy policy, TimeSpan? longest, int tries, TimeSpan sinceFirst, Exception error, double random)
    {
        var cause = Outcome.Cause(error);
        if (tries > policy.Retries || NonRetryable(policy, error) || NonRetryable(policy, cause))
            return null;
        var wait = cause is RetryTaskException asked ? asked.Delay : Backoff(policy, tries, random);
        var limit = (policy.Within, longest) switch
        {
            ({ } within, { } total) => within < total ? within : total,
            var (within, total) => within ?? total,
        };
        return limit is { } last && sinceFirst + wait > last ? null : wait;
    }

    /// <summary>Delay x Factor^(tries-1), capped, with jitter; the cap holds after the jitter too.</summary>
    public static TimeSpan Backoff(RetryPolicy policy, int tries, double random)
    {
        var seconds = Math.Min(policy.Delay.TotalSeconds * Math.Pow(policy.Factor, tries - 1), policy.Cap.TotalSeconds);
        seconds *= 1 + policy.Jitter * (2 * random - 1);
        return TimeSpan.FromSeconds(Math.Min(seconds, policy.Cap.TotalSeconds));
    }

    private static bool NonRetryable(RetryPolicy policy, Exception error)
    {
        for (var type = error.GetType(); type is not null; type = type.BaseType)
        {
            if (policy.NonRetryable.Contains(type.FullName))
                return true;
        }

        return false;
    }
}
