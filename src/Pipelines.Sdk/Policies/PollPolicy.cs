namespace Pipelines;

/// <summary>When a sensor is asked again. The n-th poll that says "not yet" is followed by a wait of <c>Every x Factor^(n-1)</c>, at most <see cref="Cap"/>.</summary>
public sealed record PollPolicy
{
    /// <summary>More polls than this would exceed the numbers of attempts.</summary>
    internal const int MaxPolls = 30_000;

    /// <summary>The wait before the next poll, give or take a tenth, so that many sensors do not come at once; over 10 s it ends on a full second.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long it is polled at most, from the start of the first attempt, retries included; at its end it is polled once more.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Ends skipped, and not failed, when the timeout is over.</summary>
    public bool SoftFail { get; init; }

    /// <summary>What each further wait is multiplied by; 1 keeps them equal.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>No wait is longer than this.</summary>
    public TimeSpan Cap { get; init; } = TimeSpan.FromHours(1);

    internal void Check(string task)
    {
        if (Every <= TimeSpan.Zero)
            throw new DagDefinitionException($"Task '{task}': a sensor must wait longer than zero between two polls, not {Every}.");
        if (Timeout <= Every)
            throw new DagDefinitionException($"Task '{task}': the sensor's timeout of {Timeout} must be longer than the {Every} between two polls.");
        if (!(Factor >= 1) || double.IsInfinity(Factor))
            throw new DagDefinitionException($"Task '{task}': the factor of Poll must be 1 or more, not {Factor}.");
        if (Cap < Every && Factor > 1)
            throw new DagDefinitionException($"Task '{task}': the cap of Poll, {Cap}, must not be shorter than the first wait of {Every}.");
        if (Polls > MaxPolls)
            throw new DagDefinitionException(FormattableString.Invariant(
                $"Task '{task}': a poll every {Every} for {Timeout} would be {Polls:N0} polls; the limit is {MaxPolls:N0}. Poll less often, set a shorter timeout, or let the waits grow (factor)."));
    }

    /// <summary>At most so many polls until the timeout.</summary>
    private double Polls
    {
        get
        {
            if (Factor == 1)
                return Timeout / Every;
            var growing = Math.Ceiling(Math.Log(Cap / Every, Factor));
            var sum = Every * ((Math.Pow(Factor, growing) - 1) / (Factor - 1));
            return growing + Math.Max(0, (Timeout - sum) / Cap);
        }
    }
}
