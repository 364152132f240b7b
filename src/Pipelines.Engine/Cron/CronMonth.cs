using NodaTime;

namespace Pipelines.Engine.Cron;

/// <summary>Which days of a month a day field names: bit n of the answer stands for day n.</summary>
internal delegate ulong DaysIn(CronMonth month);

/// <summary>The shape of one calendar month, enough to answer every day rule.</summary>
/// <param name="Length">Days in the month.</param>
/// <param name="FirstWeekday">Weekday of the first, 0 being Sunday.</param>
internal readonly record struct CronMonth(int Length, int FirstWeekday)
{
    public static CronMonth Of(int year, int month) => new(
        CalendarSystem.Iso.GetDaysInMonth(year, month),
        (int)new LocalDate(year, month, 1).DayOfWeek % 7);

    public ulong Every => (1UL << (Length + 1)) - 2;

    /// <summary>Every day whose weekday is in the set.</summary>
    public ulong On(ulong weekdays)
    {
        var days = 0UL;
        for (var day = 1; day <= Length; day++)
            days |= (weekdays >> Weekday(day) & 1) << day;
        return days;
    }

    /// <summary>The single day, or nothing when the month does not have it.</summary>
    public ulong Day(int day) => day >= 1 && day <= Length ? 1UL << day : 0;

    /// <summary>The day of Monday to Friday nearest to the day, inside the month; nothing if the month lacks the day.</summary>
    public ulong WorkdayNear(int day)
    {
        if (Day(day) == 0)
            return 0;
        return Weekday(day) switch
        {
            6 => Day(day > 1 ? day - 1 : day + 2),
            0 => Day(day < Length ? day + 1 : day - 2),
            _ => Day(day),
        };
    }

    /// <summary>The n-th such weekday, or nothing when the month has only four.</summary>
    public ulong Nth(int weekday, int n) => Day(First(weekday) + 7 * (n - 1));

    public ulong LastOf(int weekday) => Nth(weekday, 5) is not 0 and var fifth ? fifth : Nth(weekday, 4);

    private int First(int weekday) => 1 + (weekday - FirstWeekday + 7) % 7;

    private int Weekday(int day) => (FirstWeekday + day - 1) % 7;
}
