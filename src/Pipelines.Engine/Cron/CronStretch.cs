using NodaTime;

namespace Pipelines.Engine.Cron;

/// <summary>
/// A stretch of time in which a zone's clocks run evenly, from one transition to the next. Inside it a wall reading and an
/// instant correspond one to one; what the transition at its start skipped or repeated is told by the other properties.
/// </summary>
internal readonly struct CronStretch
{
    // The engine computes no ticks outside these years; every wall reading of every zone stays inside the calendar.
    public static readonly Instant Earliest = Instant.FromUtc(1, 1, 3, 0, 0);
    public static readonly Instant Latest = Instant.FromUtc(9999, 12, 29, 0, 0);

    private static readonly Period OneSecond = Period.FromSeconds(1);

    private readonly Offset _offset;

    private CronStretch(Instant start, Instant end, Offset offset, LocalDateTime previousEnd)
    {
        (Start, End, _offset, PreviousEnd) = (start, end, offset, previousEnd);
    }

    /// <summary>The first instant of the stretch.</summary>
    public Instant Start { get; }

    /// <summary>The first instant after the stretch.</summary>
    public Instant End { get; }

    /// <summary>What the clock would have shown at <see cref="Start"/> if it had not been changed.</summary>
    public LocalDateTime PreviousEnd { get; }

    /// <summary>What the clock shows at <see cref="Start"/>: later than <see cref="PreviousEnd"/> after a gap, earlier in a fold.</summary>
    public LocalDateTime First => WallAt(Start);

    /// <summary>The last whole second the clock shows.</summary>
    public LocalDateTime Last => WallAt(End) - OneSecond;

    /// <summary>The last whole second that the gap before this stretch skipped. Meaningful only after a gap.</summary>
    public LocalDateTime LastSkipped => First - OneSecond;

    public bool FollowsGap => PreviousEnd < First;

    public bool FollowsFold => PreviousEnd > First;

    public static CronStretch At(Instant instant, DateTimeZone zone)
    {
        var interval = zone.GetZoneInterval(instant);
        var start = interval.HasStart ? Instant.Max(interval.Start, Earliest) : Earliest;
        var end = interval.HasEnd ? Instant.Min(interval.End, Latest) : Latest;
        var before = zone.GetUtcOffset(start - Duration.Epsilon);
        return new CronStretch(start, end, interval.WallOffset, start.WithOffset(before).LocalDateTime);
    }

    public LocalDateTime WallAt(Instant instant) => instant.WithOffset(_offset).LocalDateTime;

    public Instant InstantAt(LocalDateTime wall) => wall.WithOffset(_offset).ToInstant();
}
