using Pipelines;

namespace Settlement;

/// <summary>A schedule of our own: a time of day on Mondays to Fridays that are no holidays.</summary>
/// <remarks>Whoever adds a holiday builds and drops the DAG anew: runs that were due before go by the old list, later ones by the new.</remarks>
public sealed class BusinessDays(TimeOnly time, string zone, params DateOnly[] holidays) : ISchedule
{
    private readonly TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById(zone);
    private readonly HashSet<DateOnly> _holidays = [.. holidays];

    public DateTimeOffset? Next(DateTimeOffset after)
    {
        // Nothing but the argument decides: the engine asks in any order, and again for the same moment.
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, _zone).DateTime);
        while (!IsBusinessDay(day) || At(day) <= after)
            day = day.AddDays(1);
        return At(day);
    }

    public bool IsBusinessDay(DateOnly day) => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !_holidays.Contains(day);

    private DateTimeOffset At(DateOnly day)
    {
        var wall = day.ToDateTime(time);
        return new DateTimeOffset(wall, _zone.GetUtcOffset(wall));
    }
}
