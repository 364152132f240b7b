using System.Globalization;

namespace SeattleWeather;

/// <summary>A day's weather: millimetres, degrees Celsius, metres per second.</summary>
public sealed record Observation(DateOnly Day, decimal Precipitation, decimal TempMax, decimal TempMin, decimal Wind, string Weather)
{
    private static readonly string[] Kinds = ["drizzle", "fog", "rain", "snow", "sun"];

    /// <summary>Reads a row. Null when it must not be loaded; <paramref name="problems"/> then says everything that is wrong.</summary>
    public static Observation? TryRead(RawObservation row, out IReadOnlyList<string> problems)
    {
        var found = new List<string>();
        if (!DateOnly.TryParseExact(row.Date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            found.Add($"date is '{row.Date}', not yyyy-MM-dd");

        // The limits are beyond anything ever measured there: what is outside is a broken sensor or a shifted column.
        var precipitation = Number("precipitation", row.Precipitation, 0, 500);
        var max = Number("temp_max", row.TempMax, -40, 50);
        var min = Number("temp_min", row.TempMin, -40, 50);
        var wind = Number("wind", row.Wind, 0, 60);
        if (min > max)
            found.Add(string.Create(CultureInfo.InvariantCulture, $"temp_min {min} is above temp_max {max}"));
        if (!Kinds.Contains(row.Weather))
            found.Add(row.Weather.Length == 0 ? "weather is missing" : $"weather is '{row.Weather}', not one of {string.Join(", ", Kinds)}");

        problems = found;
        return found.Count == 0 ? new Observation(day, precipitation!.Value, max!.Value, min!.Value, wind!.Value, row.Weather) : null;

        decimal? Number(string column, string text, decimal least, decimal most)
        {
            if (text.Length == 0)
                found.Add($"{column} is missing");
            else if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
                found.Add($"{column} is '{text}', not a number");
            else if (value < least || value > most)
                found.Add(string.Create(CultureInfo.InvariantCulture, $"{column} is {value}, outside {least} to {most}"));
            else
                return value;
            return null;
        }
    }
}
