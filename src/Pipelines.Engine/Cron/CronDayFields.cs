namespace Pipelines.Engine.Cron;

/// <summary>Reads the two day fields, which know more than sets: L, W and #.</summary>
internal static class CronDayFields
{
    /// <summary>
    /// Joins the two day fields. When both restrict the days, a day that satisfies either one matches, as in Vixie cron and
    /// Airflow: <c>0 0 13 * 5</c> is the 13th and also every Friday. Only <c>*</c> and <c>?</c> restrict nothing.
    /// </summary>
    public static DaysIn Parse(string dayOfMonth, string dayOfWeek)
    {
        var ofMonth = ParseDayOfMonth(dayOfMonth);
        var ofWeek = ParseDayOfWeek(dayOfWeek);
        if (CronField.IsOpen(dayOfMonth))
            return ofWeek;
        return CronField.IsOpen(dayOfWeek) ? ofMonth : month => ofMonth(month) | ofWeek(month);
    }

    private static DaysIn ParseDayOfMonth(string text)
    {
        var field = CronField.DayOfMonth;
        if (CronField.IsOpen(text))
            return static month => month.Every;
        var upper = text.ToUpperInvariant();
        if (!upper.Contains('L', StringComparison.Ordinal) && !upper.Contains('W', StringComparison.Ordinal))
        {
            var days = field.ParseSet(text);
            return month => days & month.Every;
        }

        if (upper.Contains(',', StringComparison.Ordinal) || upper.Contains('/', StringComparison.Ordinal))
            throw field.Refuse(text, "L and W cannot be part of a list or take a step. Write one of L, L-3, LW, L-3W or 15W alone");

        var workday = upper.EndsWith('W');
        var day = workday ? upper[..^1] : upper;
        if (day == "L" || day.StartsWith("L-", StringComparison.Ordinal))
        {
            var back = day == "L" ? 0 : field.ParseNumber(text, day[2..], 0, 30, "a number of days from 0 to 30 after 'L-'");
            return month => workday ? month.WorkdayNear(month.Length - back) : month.Day(month.Length - back);
        }

        var target = field.ParseNumber(text, day, 1, 31, "one of L, L-3, LW, L-3W or 15W");
        return month => month.WorkdayNear(target);
    }

    private static DaysIn ParseDayOfWeek(string text)
    {
        var field = CronField.DayOfWeek;
        if (CronField.IsOpen(text))
            return static month => month.Every;
        if (text.IndexOf('#', StringComparison.Ordinal) is >= 0 and var hash)
        {
            var weekday = field.ParseValue(text, text[..hash]) % 7;
            var n = field.ParseNumber(text, text[(hash + 1)..], 1, 5, "a number from 1 to 5 after '#', alone (5#3 is the third Friday)");
            return month => month.Nth(weekday, n);
        }

        if (text.EndsWith('L') || text.EndsWith('l'))
        {
            if (text.Length == 1)
                throw field.Refuse(text, "'L' needs a weekday before it. Write 5L or FRIL for the last Friday of the month");
            var weekday = field.ParseValue(text, text[..^1]) % 7;
            return month => month.LastOf(weekday);
        }

        var weekdays = field.ParseSet(text);
        return month => month.On(weekdays);
    }
}
