using System.Globalization;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Web.Views;

/// <summary>A schedule as people say it: usual cron expressions in words, all others as they are written.</summary>
internal static class ScheduleWords
{
    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    public static string Of(DagSpec spec)
    {
        var schedule = ScheduleOf.Named(spec);
        var words = schedule is { Kind: ScheduleKind.Cron, Crons: [var cron] } ? Cron(cron) : null;
        return words is null || spec.Assets is not null ? SchedulePhrase.Of(spec) : spec.TimeZone == "UTC" ? words : $"{words}, {spec.TimeZone}";
    }

    /// <summary>Null: not one of the usual forms.</summary>
    public static string? Cron(string cron)
    {
        switch (cron)
        {
            case "@hourly": return "hourly at :00";
            case "@daily" or "@midnight": return "00:00 daily";
            case "@weekly": return "00:00 on Sun";
            case "@monthly": return "00:00 on day 1 of the month";
        }

        if (cron.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var minute, var hour, var day, "*", var week])
            return null;
        if (hour == "*" && day == "*" && week == "*")
        {
            return minute == "*" ? "every minute"
                : minute.StartsWith("*/", StringComparison.Ordinal) && Number(minute[2..]) is { } step && 60 % step == 0 ? $"every {step} min"
                : Number(minute) is { } at ? string.Create(CultureInfo.InvariantCulture, $"hourly at :{at:00}") : null;
        }

        if (Number(minute) is not { } m)
            return null;
        if (hour.StartsWith("*/", StringComparison.Ordinal) && day == "*" && week == "*")
            return Number(hour[2..]) is { } hours && 24 % hours == 0 ? string.Create(CultureInfo.InvariantCulture, $"every {hours} h at :{m:00}") : null;
        if (Number(hour) is not { } h)
            return null;
        var time = string.Create(CultureInfo.InvariantCulture, $"{h:00}:{m:00}");
        return (day, week) switch
        {
            ("*", "*") => $"{time} daily",
            ("*", _) => Week(week) is { } on ? $"{time} {on}" : null,
            (_, "*") => Number(day) is { } date ? $"{time} on day {date} of the month" : day == "L" ? $"{time} on the last day of the month" : null,
            _ => null,
        };
    }

    private static string? Week(string week)
    {
        if (week.Split('-') is [var from, var to])
            return Day(from) is { } first && Day(to) is { } last ? $"{first} to {last}" : null;
        var days = week.Split(',').Select(Day).ToList();
        return days.Contains(null) ? null : "on " + string.Join(", ", days);
    }

    private static string? Day(string text) => Number(text) is { } no ? no < Days.Length ? Days[no] : null : Days.FirstOrDefault(day => day.Equals(text, StringComparison.OrdinalIgnoreCase));

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 60 ? number : null;
}
