namespace Pipelines.Engine.Requests;

/// <summary>How a name that does not exist is answered: with what there is, and the nearest of it.</summary>
public static class UnknownName
{
    private const int Shown = 20;

    /// <summary>One line, such as "there is no DAG 'ordres'; there are: orders, sales. Did you mean 'orders'?"</summary>
    /// <param name="kind">What was looked for: DAG, task.</param>
    /// <param name="given">The name that was given.</param>
    /// <param name="known">What there is.</param>
    public static string Message(string kind, string given, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0)
            return $"there is no {kind} '{given}'; there is none at all";
        var more = known.Count > Shown ? $" and {known.Count - Shown} more" : "";
        var nearest = Nearest(given, known);
        return $"there is no {kind} '{given}'; there {(known.Count == 1 ? "is" : "are")}: {string.Join(", ", known.Take(Shown))}{more}"
            + (nearest is null ? "" : $". Did you mean '{nearest}'?");
    }

    /// <summary>The known name that is fewest edits away; null when all are too far to be meant.</summary>
    public static string? Nearest(string given, IEnumerable<string> known) =>
        known.Select(name => (Name: name, Edits: Edits(given, name))).Where(one => one.Edits <= Math.Max(1, given.Length / 3))
            .OrderBy(one => one.Edits).Select(one => one.Name).FirstOrDefault();

    // Levenshtein, one row at a time, regardless of case.
    private static int Edits(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 0; i < left.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < right.Length; j++)
            {
                var replaced = diagonal + (char.ToUpperInvariant(left[i]) == char.ToUpperInvariant(right[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, 1 + Math.Min(diagonal, row[j]));
            }
        }

        return row[^1];
    }
}
