namespace Pipelines;

/// <summary>When a failed attempt is tried again. The n-th retry waits <c>Delay x Factor^(n-1)</c>, at most <see cref="Cap"/>.</summary>
public sealed record RetryPolicy
{
    /// <summary>No retry.</summary>
    public static readonly RetryPolicy None = new();

    /// <summary>How many more attempts follow the first one; 0 to 1,000. Attempts lost with their worker are not counted.</summary>
    public int Retries { get; init; }

    /// <summary>The wait before the first retry.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What each further wait is multiplied by; 1 keeps them equal.</summary>
    public double Factor { get; init; } = 2;

    /// <summary>No wait is longer than this.</summary>
    public TimeSpan Cap { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The share of the wait that is drawn at random, 0 to 1: 0.1 waits 90 % to 110 %. Keeps a herd of tasks from returning at once.</summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>No retry starts later than this after the first attempt started; null: no limit.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>Full names of exception types (also as base types) that are not tried again.</summary>
    public IReadOnlyList<string> NonRetryable { get; init; } = [];

    /// <summary>The same policy, failing at once on this type of exception.</summary>
    /// <example><code>(RetryPolicy.None with { Retries = 5 }).Except&lt;ArgumentException&gt;()</code></example>
    public RetryPolicy Except<TException>()
        where TException : Exception => this with { NonRetryable = [.. NonRetryable, typeof(TException).FullName!] };

    internal void Check(string task)
    {
        if (Retries is < 0 or > 1000)
            throw new DagDefinitionException($"Task '{task}': Retry must be 0 to 1,000 retries, not {Retries}.");
        if (Delay < TimeSpan.Zero || Cap < TimeSpan.Zero || Within < TimeSpan.Zero)
            throw new DagDefinitionException($"Task '{task}': the times of Retry must not be negative.");
        if (!(Factor >= 1) || double.IsInfinity(Factor))
            throw new DagDefinitionException($"Task '{task}': Retry's Factor must be 1 or more, not {Factor}.");
        if (Jitter is not (>= 0 and <= 1))
            throw new DagDefinitionException($"Task '{task}': Retry's Jitter must be 0 to 1, not {Jitter}.");
    }
}
