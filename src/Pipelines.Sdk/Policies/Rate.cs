namespace Pipelines;

/// <summary>How many attempts may start in a time. Exact over any number of workers: in every window of w seconds at most <c>Burst + Starts x w / Per</c> start.</summary>
/// <param name="Starts">How many, 1 or more.</param>
/// <param name="Per">In how long.</param>
/// <example><code>dag.Task(Call).RateLimit("api", 2.PerSecond with { Burst = 5 });</code></example>
public readonly record struct Rate(int Starts, TimeSpan Per)
{
    /// <summary>How many may start at once when nothing has started for a while; 1 unless said.</summary>
    public int Burst { get; init; } = 1;

    internal Rate Check(string task) => this switch
    {
        { Starts: < 1 } => throw new DagDefinitionException($"Task '{task}': a rate must let 1 or more attempts start, not {Starts}. To hold them all, pause the DAG."),
        { Burst: < 1 } => throw new DagDefinitionException($"Task '{task}': a rate's Burst must be 1 or more, not {Burst}."),
        _ when Per <= TimeSpan.Zero || Per > TimeSpan.FromDays(366) => throw new DagDefinitionException($"Task '{task}': a rate's time must be longer than zero and at most a year, not {Per}."),
        _ => this,
    };
}

/// <summary>Rates as one says them: <c>2.PerSecond</c>.</summary>
public static class Rates
{
    extension(int starts)
    {
        /// <summary>So many a second.</summary>
        public Rate PerSecond => new(starts, TimeSpan.FromSeconds(1));

        /// <summary>So many a minute.</summary>
        public Rate PerMinute => new(starts, TimeSpan.FromMinutes(1));

        /// <summary>So many an hour.</summary>
        public Rate PerHour => new(starts, TimeSpan.FromHours(1));
    }
}
