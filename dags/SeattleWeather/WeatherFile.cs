using System.Globalization;

namespace SeattleWeather;

/// <summary>A row as the file has it.</summary>
public sealed record RawObservation(string Date, string Precipitation, string TempMax, string TempMin, string Wind, string Weather);

/// <summary>The observations, read once each time the assembly is loaded. Not trusted yet: <see cref="Observation.TryRead"/> judges the rows.</summary>
public sealed class WeatherFile
{
    private const string Header = "date,precipitation,temp_max,temp_min,wind,weather";
    private readonly Dictionary<string, RawObservation> _rows = [];

    /// <summary>Reads the lines of a CSV without quotes.</summary>
    /// <exception cref="InvalidDataException">Another header, a line with too many or too few fields, or a date twice.</exception>
    public WeatherFile(IEnumerable<string> lines)
    {
        var number = 0;
        foreach (var line in lines)
        {
            var fields = line.Split(',');
            if (++number == 1 ? line != Header : fields.Length != 6)
                throw new InvalidDataException($"Line {number} is '{line}', but the columns are {Header}.");
            if (number > 1 && !_rows.TryAdd(fields[0], new RawObservation(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5])))
                throw new InvalidDataException($"Line {number} has the date {fields[0]}, which an earlier line has as well.");
        }

        (First, Last) = _rows.Count > 0
            ? (_rows.Keys.Min(StringComparer.Ordinal)!, _rows.Keys.Max(StringComparer.Ordinal)!)
            : throw new InvalidDataException("The file has no rows.");
    }

    /// <summary>The first date.</summary>
    public string First { get; }

    /// <summary>The last date.</summary>
    public string Last { get; }

    /// <summary>The file that was built with this assembly: it lies beside it, wherever the host has copied both.</summary>
    public static WeatherFile Shipped() =>
        new(File.ReadLines(Path.Combine(Path.GetDirectoryName(typeof(WeatherFile).Assembly.Location)!, "seattle-weather.csv")));

    /// <summary>The row of a day; null: there is none.</summary>
    public RawObservation? Find(DateOnly day) => _rows.GetValueOrDefault(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    /// <summary>The years of the file before this one.</summary>
    public IEnumerable<int> YearsBefore(int year)
    {
        for (var y = int.Parse(First.AsSpan(0, 4), CultureInfo.InvariantCulture); y < year; y++)
            yield return y;
    }
}
