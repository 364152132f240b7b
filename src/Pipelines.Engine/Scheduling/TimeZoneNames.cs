using NodaTime;
using NodaTime.TimeZones;

namespace Pipelines.Engine.Scheduling;

/// <summary>Finds time zones by IANA name in the zone data that is built into the program, the same on every machine.</summary>
internal static class TimeZoneNames
{
    /// <summary>The zone with exactly this name.</summary>
    /// <exception cref="ScheduleException">There is none; the message suggests the nearest name.</exception>
    public static DateTimeZone Find(string id) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(id)
        ?? throw new ScheduleException(
            $"Time zone '{id}' is unknown. Did you mean '{Nearest(id)}'? Write an IANA name, such as Europe/Kyiv or UTC.");

    private static string Nearest(string id)
    {
        // .NET authors often know the Windows name of their zone.
        if (TzdbDateTimeZoneSource.Default.WindowsToTzdbIds.TryGetValue(id, out var fromWindows))
            return fromWindows;
        return DateTimeZoneProviders.Tzdb.Ids.MinBy(known => Distance(id, known))!;
    }

    private static int Distance(string typed, string known)
    {
        var whole = EditDistance(typed, known);
        var slash = known.LastIndexOf('/');
        // "Kyiv" alone is nearer to Europe/Kyiv than to any other short name.
        return slash < 0 || typed.Contains('/', StringComparison.Ordinal)
            ? whole
            : Math.Min(whole, EditDistance(typed, known[(slash + 1)..]));
    }

    // Levenshtein, one row at a time, regardless of case and of blanks written for underscores.
    private static int EditDistance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 0; i < left.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < right.Length; j++)
            {
                var replaced = diagonal + (Fold(left[i]) == Fold(right[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, 1 + Math.Min(diagonal, row[j]));
            }
        }

        return row[^1];
    }

    private static char Fold(char letter) => letter == ' ' ? '_' : char.ToUpperInvariant(letter);
}
