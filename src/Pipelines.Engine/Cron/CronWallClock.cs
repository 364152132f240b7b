using System.Numerics;
using NodaTime;

namespace Pipelines.Engine.Cron;

/// <summary>
/// The expression without any time zone: which readings of a wall clock match. One bit per second, minute, hour and month.
/// Searching forwards and backwards is the same code with another sign, so the two cannot disagree.
/// </summary>
internal sealed record CronWallClock(ulong Seconds, ulong Minutes, ulong Hours, ulong Months, DaysIn Days)
{
    private const int None = -1;

    /// <summary>
    /// The matching reading nearest to <paramref name="from"/> on the way to <paramref name="limit"/>, both included;
    /// the way leads to the future when <paramref name="direction"/> is 1 and to the past when it is -1.
    /// </summary>
    public LocalDateTime? Seek(LocalDateTime from, LocalDateTime limit, int direction)
    {
        if (Passes(from, limit, direction))
            return null;
        if (!Contains(from.Date) || SeekTime(from.Hour, from.Minute, from.Second, direction) is not { } time)
        {
            if (SeekDate(from.Date.PlusDays(direction), limit.Date, direction) is not { } date)
                return null;
            from = date.AtMidnight();
            time = new LocalTime(Edge(Hours, direction), Edge(Minutes, direction), Edge(Seconds, direction));
        }

        var found = from.Date + time;
        return Passes(found, limit, direction) ? null : found;
    }

    private static bool Passes<T>(T value, T limit, int direction) where T : IComparable<T> => value.CompareTo(limit) * direction > 0;

    private bool Contains(LocalDate date) => SeekDate(date, date, 1) == date;

    private LocalDate? SeekDate(LocalDate from, LocalDate limit, int direction)
    {
        var (year, month, day) = (from.Year, from.Month, from.Day);
        while (true)
        {
            var found = (Months >> month & 1) == 0 ? None : Nearest(Days(CronMonth.Of(year, month)), day, direction);
            if (found != None)
                return new LocalDate(year, month, found);
            if ((year - limit.Year) * 12 + month - limit.Month is var ahead && ahead * direction >= 0)
                return null;
            month += direction;
            if (month is 0 or 13)
                (year, month) = (year + direction, month == 0 ? 12 : 1);
            day = direction > 0 ? 1 : 31;
        }
    }

    private LocalTime? SeekTime(int hour, int minute, int second, int direction)
    {
        var h = Nearest(Hours, hour, direction);
        if (h == hour)
        {
            var m = Nearest(Minutes, minute, direction);
            if (m == minute)
            {
                var s = Nearest(Seconds, second, direction);
                if (s != None)
                    return new LocalTime(h, m, s);
                m = Nearest(Minutes, minute + direction, direction);
            }

            if (m != None)
                return new LocalTime(h, m, Edge(Seconds, direction));
            h = Nearest(Hours, hour + direction, direction);
        }

        return h == None ? null : new LocalTime(h, Edge(Minutes, direction), Edge(Seconds, direction));
    }

    private static int Edge(ulong set, int direction) => Nearest(set, direction > 0 ? 0 : 63, direction);

    private static int Nearest(ulong set, int from, int direction)
    {
        if (from < 0)
            return None;
        if (direction > 0)
            return set >> from is not 0 and var above ? from + BitOperations.TrailingZeroCount(above) : None;
        // 63 - 64 leading zeros is None when nothing is left.
        return 63 - BitOperations.LeadingZeroCount(set & ulong.MaxValue >> 63 - from);
    }
}
