namespace SeattleWeather;

/// <summary>A month: its precipitation in all, the rest averaged over its days; rounded to 3 decimals.</summary>
/// <param name="Month">Its first day.</param>
public sealed record MonthSummary(DateOnly Month, int Days, decimal Precipitation, decimal TempMax, decimal TempMin, decimal Wind)
{
    /// <summary>Sums up the days of one month, rounding as PostgreSQL does.</summary>
    public static MonthSummary Of(IReadOnlyCollection<Observation> days)
    {
        var first = days.First().Day;
        return new(new DateOnly(first.Year, first.Month, 1), days.Count, Rounded(days.Sum(d => d.Precipitation)),
            Rounded(days.Average(d => d.TempMax)), Rounded(days.Average(d => d.TempMin)), Rounded(days.Average(d => d.Wind)));

        static decimal Rounded(decimal value) => Math.Round(value, 3, MidpointRounding.AwayFromZero);
    }
}
