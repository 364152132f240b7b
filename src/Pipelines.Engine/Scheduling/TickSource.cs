using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>Ticks with their intervals: those of one schedule, or of several that were in force one after the other.</summary>
public interface ITickSource
{
    /// <summary>Start of the data of the first; null: unbounded.</summary>
    Instant? Start { get; }

    /// <summary>The first tick scheduled strictly after an instant; null when the schedule has ended.</summary>
    Tick? TickAfter(Instant after);

    /// <summary>The last tick scheduled strictly before an instant; null when there is none since Start.</summary>
    Tick? TickBefore(Instant before);

    /// <summary>The ticks scheduled from one instant (included) to another (excluded), oldest first, found one at a time.</summary>
    IEnumerable<Tick> Ticks(Instant from, Instant to);
}

/// <summary>
/// Two schedules, one until a change and the other from then on: what would have been made had a scheduler looked at every moment. A tick at the change itself is the
/// old schedule's. Each tick keeps the interval that its own schedule gives it, so the first interval of the new one may overlap the last of the old.
/// </summary>
/// <param name="old">Null: it had no ticks.</param>
/// <param name="change">The moment of the change.</param>
/// <param name="then">Null: it has no ticks.</param>
internal sealed class SplicedTicks(ITickSource? old, Instant change, ITickSource? then) : ITickSource
{
    public Instant? Start => old?.Start;

    public Tick? TickAfter(Instant after) => after < change && old?.TickAfter(after) is { } tick && tick.ScheduledFor <= change
        ? tick
        : then?.TickAfter(Instant.Max(after, change));

    public Tick? TickBefore(Instant before) => before > change && then?.TickBefore(before) is { } tick && tick.ScheduledFor > change
        ? tick
        : old?.TickBefore(Instant.Min(before, AfterChange));

    public IEnumerable<Tick> Ticks(Instant from, Instant to) =>
        (old?.Ticks(from, Instant.Min(to, AfterChange)) ?? []).Concat(then?.Ticks(Instant.Max(from, AfterChange), to) ?? []);

    private Instant AfterChange => change + Duration.Epsilon;
}
