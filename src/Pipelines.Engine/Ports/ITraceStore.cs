namespace Pipelines.Engine.Ports;

/// <summary>What traces are made of. Asked only where somebody listens to them.</summary>
public interface ITraceStore
{
    /// <summary>Which trace each of these runs belongs to.</summary>
    Task<IReadOnlyList<RunTrace>> LoadAsync(IReadOnlyCollection<long> runs, CancellationToken cancellation);

    /// <summary>The last number of an event, and who is writing some.</summary>
    Task<EventMark> MarkAsync(CancellationToken cancellation);

    /// <summary>The runs whose end is told up to this event and was not taken before, by any process; of very many the latest.</summary>
    Task<IReadOnlyList<EndedRun>> TakeEndedAsync(long upTo, CancellationToken cancellation);
}

/// <param name="MadeAt">When the run was made: with its number it names the run among those of all installations.</param>
/// <param name="Parent">The W3C traceparent that it was started with; null: it begins a trace of its own.</param>
public sealed record RunTrace(long RunId, DateTimeOffset MadeAt, string? Parent);

/// <param name="Kind">s scheduled, m by hand, b backfill, a by assets.</param>
public sealed record EndedRun(RunTrace Trace, string DagId, char Kind, char State, DateTimeOffset ScheduledFor, DateTimeOffset? StartedAt, DateTimeOffset FinishedAt, int Failures)
{
    /// <summary>The W3C traceparents that signals were sent to it in.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];
}
