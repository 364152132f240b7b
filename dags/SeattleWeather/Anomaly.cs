using System.Globalization;

namespace SeattleWeather;

/// <summary>A measure of a month that is far from the same month of earlier years.</summary>
/// <param name="Measure">Which one.</param>
/// <param name="Value">This month's.</param>
/// <param name="Usual">The mean of the earlier years'.</param>
/// <param name="Text">One line for people.</param>
public sealed record Anomaly(string Measure, decimal Value, decimal Usual, string Text)
{
    /// <summary>What stands out; nothing when there is no earlier year.</summary>
    /// <remarks>With at most three earlier years a standard deviation would mean little; plain distances are easy to check.</remarks>
    public static IReadOnlyList<Anomaly> Find(MonthSummary month, IReadOnlyCollection<MonthSummary> earlier)
    {
        if (earlier.Count == 0)
            return [];
        var found = new List<Anomaly>();
        Temperature("days", m => m.TempMax);
        Temperature("nights", m => m.TempMin);
        Share("rain", "mm", m => m.Precipitation, 0.5m, atLeast: 20);
        Share("wind", "m/s", m => m.Wind, 0.2m, atLeast: 0.5m);
        return found;

        void Temperature(string measure, Func<MonthSummary, decimal> of)
        {
            var usual = earlier.Average(of);
            var by = of(month) - usual;
            if (Math.Abs(by) >= 2)
                Add(measure, of(month), usual, string.Create(CultureInfo.InvariantCulture,
                    $"{measure} {Math.Abs(by):0.0} °C {(by > 0 ? "warmer" : "colder")} than usual"));
        }

        // A share alone would cry out at a dry summer month, where a shower is many times the usual.
        void Share(string measure, string unit, Func<MonthSummary, decimal> of, decimal share, decimal atLeast)
        {
            var usual = earlier.Average(of);
            if (Math.Abs(of(month) - usual) >= Math.Max(atLeast, share * usual))
                Add(measure, of(month), usual, string.Create(CultureInfo.InvariantCulture,
                    $"{measure} {of(month):0.0} {unit} instead of {usual:0.0} {unit}"));
        }

        void Add(string measure, decimal value, decimal usual, string text) =>
            found.Add(new Anomaly(measure, value, Math.Round(usual, 3, MidpointRounding.AwayFromZero), text));
    }
}
