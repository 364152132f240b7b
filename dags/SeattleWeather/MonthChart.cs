using System.Globalization;
using System.Security;
using System.Text;

namespace SeattleWeather;

/// <summary>
/// A month as SVG: a bar from the night's to the day's temperature over what is usual, the rain below. It brings its own
/// background and both colour schemes, so that it looks right in a light and a dark page, as an image and by itself.
/// </summary>
public static class MonthChart
{
    private const double Left = 60, Right = 736, TempTop = 104, TempBottom = 288, RainTop = 316, RainBottom = 384;

    private const string Style = """
        <style>
          svg { --paper: #ffffff; --ink: #1c2430; --soft: #667085; --line: #e4e7ec; --usual: #667085; --rain: #2f7fd6; --alert: #b54708; }
          @media (prefers-color-scheme: dark) {
            svg { --paper: #151a22; --ink: #e8ecf2; --soft: #98a2b3; --line: #2a3240; --usual: #98a2b3; --rain: #5aa9f5; --alert: #fdb022; }
          }
          text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--soft); }
          .title { font-size: 20px; font-weight: 600; fill: var(--ink); }
          .lead { font-size: 13px; }
          .alert { font-size: 13px; font-weight: 600; fill: var(--alert); }
          .end { text-anchor: end; }
          .mid { text-anchor: middle; }
          .paper { fill: var(--paper); stroke: var(--line); }
          .grid { stroke: var(--line); }
          .base { stroke: var(--soft); }
          .usual { fill: var(--usual); opacity: .14; }
          .temp { fill: url(#warmth); }
          .rain { fill: var(--rain); }
        </style>
        """;

    /// <summary>Draws the month.</summary>
    /// <param name="month">Its aggregate.</param>
    /// <param name="days">Its days in order.</param>
    /// <param name="earlier">The same month of earlier years; without any there is no band of the usual.</param>
    /// <param name="anomalies">Written above the chart.</param>
    public static string Draw(
        MonthSummary month, IReadOnlyList<Observation> days, IReadOnlyCollection<MonthSummary> earlier, IReadOnlyList<Anomaly> anomalies)
    {
        var lowest = Math.Floor((double)days.Min(d => d.TempMin) / 5) * 5;
        var highest = Math.Ceiling((double)days.Max(d => d.TempMax) / 5) * 5;
        if (earlier.Count > 0)
        {
            lowest = Math.Min(lowest, Math.Floor((double)earlier.Average(m => m.TempMin) / 5) * 5);
            highest = Math.Max(highest, Math.Ceiling((double)earlier.Average(m => m.TempMax) / 5) * 5);
        }

        var wettest = Math.Max(10, Math.Ceiling((double)days.Max(d => d.Precipitation) / 10) * 10);
        var step = (Right - Left) / days.Count;
        var svg = new StringBuilder(8192);
        Header();
        Temperatures();
        Rain();
        return svg.Append("</svg>\n").ToString();

        double TempY(double degrees) => TempBottom - (degrees - lowest) / (highest - lowest) * (TempBottom - TempTop);
        double RainY(double millimetres) => RainBottom - millimetres / wettest * (RainBottom - RainTop);

        // A decimal point in every culture, or the coordinates break.
        void Add(FormattableString element) => svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');

        void Header()
        {
            var lead = FormattableString.Invariant(
                $"Seattle · {month.Days} days · {month.Precipitation:0.0} mm of rain · {month.TempMin:0.0} to {month.TempMax:0.0} °C on average");
            Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 420\" role=\"img\">");
            Add($"<title>Weather of {month.Month:MMMM yyyy}</title>");
            Add($"<desc>{lead}</desc>");
            svg.Append(Style).Append('\n');

            // Colours follow the degrees, not the bar: the same shade means the same warmth in every chart.
            Add($"<defs><linearGradient id=\"warmth\" gradientUnits=\"userSpaceOnUse\" x1=\"0\" x2=\"0\" y1=\"{TempY(35):0.0}\" y2=\"{TempY(-5):0.0}\">");
            Add($"<stop offset=\"0\" stop-color=\"#d92d20\"/><stop offset=\".35\" stop-color=\"#f79009\"/>");
            Add($"<stop offset=\".65\" stop-color=\"#2fb39a\"/><stop offset=\"1\" stop-color=\"#4466dd\"/></linearGradient></defs>");
            Add($"<rect class=\"paper\" x=\".5\" y=\".5\" width=\"759\" height=\"419\" rx=\"10\"/>");
            Add($"<text class=\"title\" x=\"24\" y=\"38\">{month.Month:MMMM yyyy}</text>");
            Add($"<text class=\"lead\" x=\"24\" y=\"60\">{lead}</text>");
            if (anomalies.Count > 0)
                Add($"<text class=\"alert\" x=\"24\" y=\"82\">▲ {SecurityElement.Escape(string.Join(" · ", anomalies.Select(a => a.Text)))}</text>");
        }

        void Temperatures()
        {
            for (var degrees = lowest; degrees <= highest; degrees += 5)
            {
                Add($"<line class=\"{(degrees == 0 ? "base" : "grid")}\" x1=\"{Left}\" x2=\"{Right}\" y1=\"{TempY(degrees):0.0}\" y2=\"{TempY(degrees):0.0}\"/>");
                Add($"<text class=\"end\" x=\"{Left - 8}\" y=\"{TempY(degrees) + 4:0.0}\">{degrees:0}°</text>");
            }

            if (earlier.Count > 0)
            {
                var (top, bottom) = (TempY((double)earlier.Average(m => m.TempMax)), TempY((double)earlier.Average(m => m.TempMin)));
                Add($"<rect class=\"usual\" x=\"{Left}\" y=\"{top:0.0}\" width=\"{Right - Left}\" height=\"{bottom - top:0.0}\"/>");
                Add($"<text class=\"end\" x=\"{Right}\" y=\"60\">grey: usual of {earlier.Count} earlier {(earlier.Count == 1 ? "year" : "years")}</text>");
            }

            foreach (var (day, x) in Bars())
            {
                var (top, bottom) = (TempY((double)day.TempMax), TempY((double)day.TempMin));
                Add($"<rect class=\"temp\" x=\"{x:0.0}\" y=\"{top:0.0}\" width=\"{step * .6:0.0}\" height=\"{Math.Max(2, bottom - top):0.0}\" rx=\"3\">");
                Add($"<title>{day.Day:d MMMM}: {day.TempMin} to {day.TempMax} °C, {SecurityElement.Escape(day.Weather)}</title></rect>");
            }
        }

        void Rain()
        {
            Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Right}\" y1=\"{RainTop}\" y2=\"{RainTop}\"/>");
            Add($"<line class=\"base\" x1=\"{Left}\" x2=\"{Right}\" y1=\"{RainBottom}\" y2=\"{RainBottom}\"/>");
            Add($"<text class=\"end\" x=\"{Left - 8}\" y=\"{RainTop + 4}\">{wettest:0} mm</text>");
            foreach (var (day, x) in Bars())
            {
                var top = RainY((double)day.Precipitation);
                if (day.Precipitation > 0)
                    Add($"<rect class=\"rain\" x=\"{x:0.0}\" y=\"{top:0.0}\" width=\"{step * .6:0.0}\" height=\"{RainBottom - top:0.0}\" rx=\"1.5\"><title>{day.Day:d MMMM}: {day.Precipitation} mm</title></rect>");
                if (day.Day.Day == 1 || day.Day.Day % 5 == 0)
                    Add($"<text class=\"mid\" x=\"{x + step * .3:0.0}\" y=\"{RainBottom + 18}\">{day.Day.Day}</text>");
            }
        }

        IEnumerable<(Observation Day, double X)> Bars() => days.Select((day, n) => (day, Left + n * step + step * .2));
    }
}
