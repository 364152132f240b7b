using System.Globalization;
using SeattleWeather;

namespace Pipelines.Dags.Tests;

/// <summary>The monthly aggregates once more, straight from the file's text and with none of the DAG's code: the judge.</summary>
internal static class IndependentMonths
{
    public static IReadOnlyList<string> Rows { get; } =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "seattle-weather.csv")).Skip(1),
    ];

    public static SortedDictionary<DateOnly, MonthSummary> Compute()
    {
        var months = new SortedDictionary<DateOnly, MonthSummary>();
        foreach (var month in Rows.Select(row => row.Split(',')).GroupBy(fields => fields[0][..7]))
        {
            var (days, rain, max, min, wind) = (0, 0m, 0m, 0m, 0m);
            foreach (var fields in month)
            {
                days++;
                rain += decimal.Parse(fields[1], CultureInfo.InvariantCulture);
                max += decimal.Parse(fields[2], CultureInfo.InvariantCulture);
                min += decimal.Parse(fields[3], CultureInfo.InvariantCulture);
                wind += decimal.Parse(fields[4], CultureInfo.InvariantCulture);
            }

            var first = DateOnly.ParseExact(month.Key + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture);
            months.Add(first, new MonthSummary(first, days, Rounded(rain), Rounded(max / days), Rounded(min / days), Rounded(wind / days)));
        }

        return months;
    }

    // round(numeric, 3) of PostgreSQL rounds halves away from zero.
    private static decimal Rounded(decimal value) => Math.Round(value, 3, MidpointRounding.AwayFromZero);
}
