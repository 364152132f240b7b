using System.Diagnostics.CodeAnalysis;
using NodaTime;

namespace Pipelines.Engine.Cron;

/// <summary>
/// A cron expression: five fields (minute, hour, day of month, month, day of week), or six with the second first, or a macro
/// such as <c>@daily</c>. Names (<c>MON</c>, <c>JAN</c>), lists, ranges that go round the end (<c>22-2</c>), steps, <c>?</c>,
/// <c>L</c>, <c>L-3</c>, <c>LW</c>, <c>15W</c>, <c>5L</c> and <c>5#3</c> are understood. When both day fields are restricted a day
/// that satisfies either one matches. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// When clocks are put forward, a time that is skipped fires once, at the end of the gap; an expression for every hour
/// just skips it, because its next tick is near anyway. When clocks are put back, a fixed time (<c>30 1 * * *</c>) fires in the
/// first pass only, and an expression with <c>*</c>, a range or a step in its second, minute or hour fires in both.
/// </remarks>
/// <example>
/// <code>
/// var zone = DateTimeZoneProviders.Tzdb["Europe/Kyiv"];
/// var next = CronExpression.Parse("0 2 * * MON-FRI").Next(now, zone);
/// </code>
/// </example>
public sealed class CronExpression
{
    // The longest wait of any expression that fires at all is 40 years less a day: a weekday on 29 February, across 2100.
    private const int HorizonYears = 40;

    private const ulong EveryHour = (1UL << 24) - 1;

    private static readonly Duration Horizon = Duration.FromDays(HorizonYears * 365 + 11);
    private static readonly Duration OneSecond = Duration.FromSeconds(1);

    private readonly string _text;
    private readonly CronWallClock _clock;
    private readonly bool _repeats;

    private CronExpression(string text)
    {
        _text = text;
        (_clock, _repeats) = CronParser.Parse(text);
        EverFires = _clock.Seek(new LocalDateTime(2000, 1, 1, 0, 0), new LocalDateTime(2000 + HorizonYears, 1, 1, 0, 0), 1) is not null;
    }

    /// <summary>
    /// False for an expression that is well formed and yet names no date within 40 years, such as <c>0 0 30 2 *</c>. No method
    /// of such an expression finds anything.
    /// </summary>
    public bool EverFires { get; }

    /// <summary>Reads an expression. Letters may be of either case; blanks around it are ignored.</summary>
    /// <exception cref="CronFormatException">The text is not a cron expression; the message says where, why and how to fix it.</exception>
    public static CronExpression Parse(string text) => new(text.Trim(' ', '\t'));

    /// <summary>Reads an expression and answers false instead of throwing when the text is null or not one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out CronExpression? expression)
    {
        expression = null;
        if (text is null)
            return false;
        try
        {
            expression = Parse(text);
            return true;
        }
        catch (CronFormatException)
        {
            return false;
        }
    }

    /// <summary>The first tick strictly after an instant, in the wall time of a zone; null if there is none within 40 years.</summary>
    public Instant? Next(Instant after, DateTimeZone zone)
    {
        if (!EverFires || after >= CronStretch.Latest)
            return null;
        // Ticks fall on whole seconds.
        var from = Instant.Max(WholeSecond(after) + OneSecond, CronStretch.Earliest);
        var limit = CronStretch.Latest - from < Horizon ? CronStretch.Latest : from + Horizon;
        while (from < limit)
        {
            var stretch = CronStretch.At(from, zone);
            if (from == stretch.Start && FiresAfterGap(stretch))
                return from;
            var wall = LocalDateTime.Max(stretch.WallAt(from), FirstAllowed(stretch));
            if (_clock.Seek(wall, LocalDateTime.Min(stretch.Last, stretch.WallAt(limit)), 1) is { } found)
                return stretch.InstantAt(found);
            from = stretch.End;
        }

        return null;
    }

    /// <summary>The last tick strictly before an instant, in the wall time of a zone; null if there is none within 40 years.</summary>
    /// <remarks>The mirror of <see cref="Next"/>: for every tick t, <c>Previous(Next(t)) == t</c>.</remarks>
    public Instant? Previous(Instant before, DateTimeZone zone)
    {
        if (!EverFires || before <= CronStretch.Earliest)
            return null;
        var from = WholeSecond(Instant.Min(before, CronStretch.Latest) - Duration.Epsilon);
        var limit = from - CronStretch.Earliest < Horizon ? CronStretch.Earliest : from - Horizon;
        while (from > limit)
        {
            var stretch = CronStretch.At(from, zone);
            var floor = LocalDateTime.Max(FirstAllowed(stretch), stretch.WallAt(Instant.Max(limit, stretch.Start)));
            if (_clock.Seek(stretch.WallAt(from), floor, -1) is { } found)
                return stretch.InstantAt(found);
            if (FiresAfterGap(stretch))
                return stretch.Start;
            from = stretch.Start - OneSecond;
        }

        return null;
    }

    /// <summary>All ticks from one instant (included) to another (excluded), oldest first, found one at a time.</summary>
    public IEnumerable<Instant> Between(Instant from, Instant to, DateTimeZone zone)
    {
        // No tick lies outside Earliest..Latest, so clamping loses none and keeps the subtraction in range.
        var start = Instant.Max(from, CronStretch.Earliest) - Duration.Epsilon;
        for (var tick = Next(start, zone); tick < to; tick = Next(tick.Value, zone))
            yield return tick.Value;
    }

    /// <summary>The expression as it was written, without blanks around it.</summary>
    public override string ToString() => _text;

    // Every hour: without this exception 15 * * * * would fire at 03:00 for the skipped 02:15, and again at 03:15.
    private bool FiresAfterGap(CronStretch stretch) =>
        stretch.FollowsGap && _clock.Hours != EveryHour && _clock.Seek(stretch.PreviousEnd, stretch.LastSkipped, 1) is not null;

    // A fixed time has had its turn in the first pass; wherever the search starts, the second pass is closed to it.
    private LocalDateTime FirstAllowed(CronStretch stretch) =>
        stretch.FollowsFold && !_repeats ? stretch.PreviousEnd : stretch.First;

    private static Instant WholeSecond(Instant instant) => Instant.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());
}
