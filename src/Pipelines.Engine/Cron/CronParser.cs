using System.Collections.Frozen;

namespace Pipelines.Engine.Cron;

/// <summary>Turns the text of an expression into what the evaluator needs.</summary>
internal static class CronParser
{
    private static readonly FrozenDictionary<string, string> Macros = new Dictionary<string, string>
    {
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
        ["@quarterly"] = "0 0 1 */3 *",
        ["@monthly"] = "0 0 1 * *",
        ["@weekly"] = "0 0 * * 0",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@hourly"] = "0 * * * *",
        ["@every_minute"] = "* * * * *",
        ["@every_second"] = "* * * * * *",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The parts of an expression; <c>Repeats</c> says that it fires in both passes of a repeated hour.</summary>
    public static (CronWallClock Clock, bool Repeats) Parse(string text)
    {
        if (text.Length == 0)
            throw new CronFormatException("The cron expression is empty. Write five fields, such as '0 2 * * *' for 02:00 every day.");
        try
        {
            return ParseFields(text.StartsWith('@') ? Expand(text) : text);
        }
        catch (CronFormatException problem)
        {
            throw CronFormatException.InExpression(text, problem.Message);
        }
    }

    private static string Expand(string macro) => Macros.TryGetValue(macro, out var fields)
        ? fields
        : throw new CronFormatException(
            $"'{macro}' is not a known macro. Write @yearly, @quarterly, @monthly, @weekly, @daily, @hourly, @every_minute or @every_second alone, "
            + "or five fields.");

    private static (CronWallClock Clock, bool Repeats) ParseFields(string text)
    {
        var fields = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length == 5)
            fields = ["0", .. fields];
        if (fields.Length != 6)
            throw new CronFormatException(
                $"it has {fields.Length} field{(fields.Length == 1 ? "" : "s")}. "
                + "Write five (minute, hour, day of month, month, day of week) or six (second first).");

        var clock = new CronWallClock(
            CronField.Second.ParseSet(fields[0]),
            CronField.Minute.ParseSet(fields[1]),
            CronField.Hour.ParseSet(fields[2]),
            CronField.Month.ParseSet(fields[4]),
            CronDayFields.Parse(fields[3], fields[5]));
        return (clock, fields[..3].Any(CronField.IsRepeating));
    }
}
