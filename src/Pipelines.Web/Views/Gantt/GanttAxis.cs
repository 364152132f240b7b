using System.Globalization;
using NodaTime;

namespace Pipelines.Web.Views.Gantt;

/// <summary>Where a moment stands, in percent of the width. Stretches in which nothing runs are cut when they would take more than a fifth.</summary>
internal sealed class GanttAxis
{
    private const double MostIdle = 0.2;

    /// <summary>What a cut takes of the width, in percent.</summary>
    private const double CutWidth = 3;

    private const int MostTicks = 9;

    private static readonly double[] Steps =
    [
        .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000, 31536000,
    ];

    private readonly List<(DateTimeOffset From, DateTimeOffset To)> _cuts;
    private readonly double _percentPerSecond;

    private GanttAxis(DateTimeOffset from, DateTimeOffset to, List<(DateTimeOffset From, DateTimeOffset To)> cuts)
    {
        (From, To, _cuts) = (from, to, cuts);
        Shown = (to - from) - TimeSpan.FromTicks(cuts.Sum(cut => (cut.To - cut.From).Ticks));
        _percentPerSecond = (100 - (CutWidth * cuts.Count)) / Math.Max(0.000001, Shown.TotalSeconds);
    }

    public DateTimeOffset From { get; }

    public DateTimeOffset To { get; }

    /// <summary>What is left of the time when the cuts are taken out.</summary>
    public TimeSpan Shown { get; }

    /// <summary>What is left out: where it stands, and how long it was.</summary>
    public IEnumerable<(double X, TimeSpan Length)> Cuts => _cuts.Select(cut => (X(cut.From), cut.To - cut.From));

    public static double CutPercent => CutWidth;

    /// <param name="from">The left end.</param>
    /// <param name="to">The right end.</param>
    /// <param name="busy">When something ran.</param>
    public static GanttAxis Of(DateTimeOffset from, DateTimeOffset to, IEnumerable<(DateTimeOffset From, DateTimeOffset To)> busy)
    {
        if (to <= from)
            to = from.AddMilliseconds(1);
        var gaps = Gaps(from, to, busy);
        var shown = to - from;
        var cuts = new List<(DateTimeOffset From, DateTimeOffset To)>();
        // The longest first: what is left makes the next one take more.
        foreach (var gap in gaps.OrderByDescending(gap => gap.To - gap.From).ThenBy(gap => gap.From))
        {
            if (gap.To - gap.From <= MostIdle * shown || cuts.Count >= 12)
                break;
            cuts.Add(gap);
            shown -= gap.To - gap.From;
        }

        return new(from, to, [.. cuts.OrderBy(cut => cut.From)]);
    }

    public double X(DateTimeOffset at)
    {
        at = at < From ? From : at > To ? To : at;
        var (seconds, cut) = ((at - From).TotalSeconds, 0.0);
        foreach (var gap in _cuts.TakeWhile(gap => gap.From < at))
        {
            var inside = (gap.To < at ? gap.To : at) - gap.From;
            seconds -= inside.TotalSeconds;
            cut += CutWidth * (inside / (gap.To - gap.From));
        }

        return Math.Clamp((seconds * _percentPerSecond) + cut, 0, 100);
    }

    /// <summary>Round times of the zone's clock, far enough from each other to be read.</summary>
    public IEnumerable<(double X, string Label)> Ticks(DateTimeZone zone)
    {
        var step = Array.Find(Steps, one => Shown.TotalSeconds / one <= MostTicks) is > 0 and var fits ? fits : Steps[^1];
        var local = Times.Local(From, zone);
        var length = TimeSpan.FromSeconds(step).Ticks;
        var first = From.AddTicks((length - (Ticks(local) % length)) % length);
        var (last, day) = (-100.0, (LocalDate?)local.Date);
        for (var at = first; at <= To;)
        {
            if (_cuts.Find(cut => cut.From < at && at < cut.To) is { To.Ticks: > 0 } cut)
            {
                at = at.AddTicks((cut.To - at).Ticks / length * length + length);
                continue;
            }

            var (x, shown) = (X(at), Times.Local(at, zone));
            if (x - last >= 100.0 / (MostTicks + 3) && x < 96)
            {
                yield return (x, Label(shown, step, shown.Date != day));
                (last, day) = (x, shown.Date);
            }

            at = at.AddTicks(length);
        }
    }

    private static long Ticks(LocalDateTime local) => (long)Period.Between(new LocalDateTime(2000, 1, 1, 0, 0), local, PeriodUnits.Ticks).Ticks;

    private static string Label(LocalDateTime at, double step, bool newDay) => at.ToString(
        step >= 86400 ? "uuuu-MM-dd" : newDay ? "MM-dd HH:mm" : step >= 60 ? "HH:mm" : step >= 1 ? "HH:mm:ss" : "HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static List<(DateTimeOffset From, DateTimeOffset To)> Gaps(DateTimeOffset from, DateTimeOffset to, IEnumerable<(DateTimeOffset From, DateTimeOffset To)> busy)
    {
        var gaps = new List<(DateTimeOffset, DateTimeOffset)>();
        var (until, any) = (from, false);
        foreach (var stretch in busy.Where(one => one.To >= from && one.From <= to).OrderBy(one => one.From))
        {
            any = true;
            if (stretch.From > until)
                gaps.Add((until, stretch.From));
            until = stretch.To > until ? stretch.To : until;
        }

        if (any && to > until)
            gaps.Add((until, to));
        return gaps;
    }
}
