namespace Pipelines.Engine.Cron;

/// <summary>One position of a cron expression: what messages call it, its bounds, and the names it knows.</summary>
/// <param name="Name">The word used in messages.</param>
/// <param name="Min">The smallest number; also the value of the first of <paramref name="Names"/>.</param>
/// <param name="Max">The largest number. Also the largest step.</param>
/// <param name="Size">How many different values there are: one less than the numbers for the weekday, where 0 and 7 are Sunday.</param>
/// <param name="Names">Three-letter names in order, or none.</param>
internal sealed record CronField(string Name, int Min, int Max, int Size, params string[] Names)
{
    public static readonly CronField Second = new("second", 0, 59, 60);
    public static readonly CronField Minute = new("minute", 0, 59, 60);
    public static readonly CronField Hour = new("hour", 0, 23, 24);
    public static readonly CronField DayOfMonth = new("day-of-month", 1, 31, 31);
    public static readonly CronField Month = new(
        "month", 1, 12, 12, "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
    public static readonly CronField DayOfWeek = new("day-of-week", 0, 7, 7, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    /// <summary>What a value of this field looks like, to end a message with.</summary>
    public string Values => $"a number from {Min} to {Max}" + (Names.Length == 0 ? "" : $" or a name from {Names[0]} to {Names[^1]}");

    /// <summary>Whether the text leaves the field open, so that it does not restrict the days.</summary>
    public static bool IsOpen(string text) => text is "*" or "?";

    /// <summary>Reads <c>*</c>, <c>*/n</c> or a list of values, ranges and steps into one bit per value.</summary>
    public ulong ParseSet(string text)
    {
        if (text == "*")
            return Circle(Min, Size - 1, 1);
        if (text.StartsWith("*/", StringComparison.Ordinal))
            return Circle(Min, Size - 1, ParseStep(text, text[2..]));
        var items = text.Split(',');
        if (items.Length > 1 && items.Any(item => item.StartsWith('*')))
            throw Refuse(text, "'*' means every value and cannot stand in a list. Write it alone, or the list without it");
        return items.Aggregate(0UL, (set, item) => set | ParseItem(text, item));
    }

    /// <summary>Whether the field says "keep going" (<c>*</c>, a range or a step) and does not just name moments.</summary>
    public static bool IsRepeating(string text) => text.AsSpan().ContainsAny('*', '-', '/');

    /// <summary>Reads one number or name. <paramref name="field"/> is the whole field, for the message.</summary>
    public int ParseValue(string field, string text)
    {
        var name = Array.FindIndex(Names, known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
        return name >= 0 ? Min + name : ParseNumber(field, text, Min, Max, Values);
    }

    /// <summary>Reads one or two ASCII digits between the bounds.</summary>
    public int ParseNumber(string field, string text, int min, int max, string wanted)
    {
        if (text.Length == 0)
            throw Refuse(field, $"a value is missing. Write {wanted}");
        if (!text.All(char.IsAsciiDigit))
            throw Refuse(field, $"'{text}' is not understood. Write {wanted}");
        var number = text.Length > 2 ? int.MaxValue : int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        return number >= min && number <= max ? number : throw Refuse(field, $"{text} is out of range. Write {wanted}");
    }

    public CronFormatException Refuse(string text, string problem) => new($"{Name} field '{text}': {problem}.");

    private ulong ParseItem(string field, string item)
    {
        var slash = item.IndexOf('/', StringComparison.Ordinal);
        var range = slash < 0 ? item : item[..slash];
        var step = slash < 0 ? 1 : ParseStep(field, item[(slash + 1)..]);
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        var low = ParseValue(field, dash < 0 ? range : range[..dash]);
        var high = dash >= 0 ? ParseValue(field, range[(dash + 1)..]) : slash >= 0 ? Max : low;
        // A range that runs backwards goes round the end: 22-2 is 22, 23, 0, 1, 2, and a step keeps its beat across midnight.
        return Circle(low, high >= low ? high - low : high + Size - low, step);
    }

    private int ParseStep(string field, string text) => ParseNumber(field, text, 1, Max, $"a step from 1 to {Max} after '/'");

    private ulong Circle(int low, int length, int step)
    {
        var set = 0UL;
        for (var offset = 0; offset <= length; offset += step)
            set |= 1UL << (Min + (low - Min + offset) % Size);
        return set;
    }
}
