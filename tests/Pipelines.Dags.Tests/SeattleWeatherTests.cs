using System.Globalization;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using SeattleWeather;

namespace Pipelines.Dags.Tests;

public sealed class SeattleWeatherTests : IDisposable
{
    private static readonly RawObservation Good = new("2012-01-02", "10.9", "10.6", "2.8", "4.5", "rain");
    private readonly Warehouse _unconfigured = new(new Connections());
    private readonly SeattleWeatherDag _dag;

    public SeattleWeatherTests() => _dag = new SeattleWeatherDag(WeatherFile.Shipped(), _unconfigured);

    public void Dispose() => _unconfigured.Dispose();

    [Fact]
    public void The_DAG_loads_where_no_warehouse_is_configured()
    {
        var services = new ServiceCollection().AddSingleton<IConnections>(new Connections());
        new SeattleWeatherServices().Configure(services, null!);
        using var provider = services.BuildServiceProvider();

        ByHand.Define(ActivatorUtilities.CreateInstance<SeattleWeatherDag>(provider));
    }

    [Fact]
    public void Extract_takes_the_day_where_the_interval_starts() =>
        Assert.Equal(Good, _dag.Extract(ByHand.Day("2012-01-02")));

    [Fact]
    public void Extract_fails_for_a_day_that_the_file_does_not_have()
    {
        var error = Assert.Throws<FailTaskException>(() => _dag.Extract(ByHand.Day("2016-01-01")));
        Assert.Equal("The file has no row for 2016-01-01; it goes from 2012-01-01 to 2015-12-31.", error.Message);
    }

    [Fact]
    public void Every_row_of_the_file_is_valid()
    {
        foreach (var row in IndependentMonths.Rows)
        {
            var day = ByHand.Day(row[..10]);
            var read = _dag.Validate(_dag.Extract(day), day);
            Assert.Equal(row, FormattableString.Invariant(
                $"{read.Day:yyyy-MM-dd},{read.Precipitation},{read.TempMax},{read.TempMin},{read.Wind},{read.Weather}"));
        }
    }

    public static TheoryData<string, RawObservation> BadRows => new()
    {
        { "2012-1-2: date is '2012-1-2', not yyyy-MM-dd.", Good with { Date = "2012-1-2" } },
        { "2012-01-02: precipitation is -0.1, outside 0 to 500.", Good with { Precipitation = "-0.1" } },
        { "2012-01-02: temp_max is missing.", Good with { TempMax = "" } },
        { "2012-01-02: temp_max is 'NaN', not a number.", Good with { TempMax = "NaN" } },
        { "2012-01-02: temp_max is '10,6', not a number.", Good with { TempMax = "10,6" } },
        { "2012-01-02: temp_min 10.7 is above temp_max 10.6.", Good with { TempMin = "10.7" } },
        { "2012-01-02: wind is 60.1, outside 0 to 60.", Good with { Wind = "60.1" } },
        { "2012-01-02: weather is missing.", Good with { Weather = "" } },
        { "2012-01-02: weather is 'Rain', not one of drizzle, fog, rain, snow, sun.", Good with { Weather = "Rain" } },
        { "2012-01-02: wind is missing; weather is missing.", Good with { Wind = "", Weather = "" } },
    };

    [Theory]
    [MemberData(nameof(BadRows))]
    public void Validate_refuses_a_bad_row_and_says_why(string why, RawObservation row) =>
        Assert.Equal(why, Assert.Throws<FailTaskException>(() => _dag.Validate(row, ByHand.Day("2012-01-02"))).Message);

    [Fact]
    public void Equal_temperatures_and_the_limits_are_fine() =>
        _dag.Validate(Good with { Precipitation = "500", TempMax = "-40", TempMin = "-40", Wind = "0" }, ByHand.Day("2012-01-02"));

    [Theory]
    [InlineData("date,rain")]
    [InlineData("date,precipitation,temp_max,temp_min,wind,weather\n2012-01-01,1,2,3")]
    [InlineData("date,precipitation,temp_max,temp_min,wind,weather\n2012-01-01,0,1,0,1,sun\n2012-01-01,0,1,0,1,sun")]
    [InlineData("date,precipitation,temp_max,temp_min,wind,weather")]
    public void A_file_that_is_not_the_one_we_know_is_refused(string text) =>
        Assert.Throws<InvalidDataException>(() => new WeatherFile(text.Split('\n')));

    [Fact]
    public void The_branch_is_right_for_all_1461_days()
    {
        var days = IndependentMonths.Rows.Select(row => row[..10]).ToList();
        var ends = days.Where(d => Kind(d) == DayKind.MonthEnd).ToList();

        // The last day of a month is the one before the next month's first row, and the last row.
        Assert.Equal([.. days.Zip(days.Skip(1)).Where(p => p.Second[8..] == "01").Select(p => p.First), days[^1]], ends);
        Assert.Equal((1461, 48), (days.Count, ends.Count));
        Assert.Contains("2012-02-29", ends);

        DayKind Kind(string day) => _dag.Classify(_dag.Validate(_dag.Extract(ByHand.Day(day)), ByHand.Day(day)));
    }

    // Worked out outside this program, with exact decimals, so that the judge is judged too.
    [Theory]
    [InlineData("2012-01-01", 31, "173.300", "7.055", "1.542", "3.900")]
    [InlineData("2012-02-01", 29, "92.300", "9.276", "3.203", "3.903")]
    [InlineData("2013-09-01", 30, "156.800", "21.360", "13.590", "3.013")]
    [InlineData("2014-02-01", 28, "155.200", "8.200", "2.636", "4.529")]
    [InlineData("2015-06-01", 30, "5.900", "26.063", "13.577", "3.247")]
    [InlineData("2015-12-01", 31, "284.500", "8.381", "3.826", "4.342")]
    public void The_months_are_what_is_known(string month, int days, string rain, string max, string min, string wind)
    {
        var first = DateOnly.Parse(month, CultureInfo.InvariantCulture);
        var known = new MonthSummary(first, days, Number(rain), Number(max), Number(min), Number(wind));
        var read = Enumerable.Range(0, days).Select(n => ByHand.Day(first.AddDays(n))).Select(day => _dag.Validate(_dag.Extract(day), day));

        Assert.Equal(known, IndependentMonths.Compute()[first]);
        Assert.Equal(known, MonthSummary.Of([.. read]));

        static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void The_first_year_has_no_anomalies_for_it_has_nothing_to_compare_with() =>
        Assert.Empty(_dag.FindAnomalies(IndependentMonths.Compute()[new DateOnly(2012, 6, 1)], ByHand.Day("2012-06-30")));

    [Fact]
    public void The_hot_and_dry_June_of_2015_stands_out()
    {
        var log = new Lines();
        var found = _dag.FindAnomalies(IndependentMonths.Compute()[new DateOnly(2015, 6, 1)], ByHand.Day(new DateOnly(2015, 6, 30), logger: log));

        Assert.Equal([("days", 26.063m, 21.179m), ("rain", 5.9m, 42.333m)], found.Select(a => (a.Measure, a.Value, a.Usual)));
        Assert.Equal(["Warning: 2015-06: days 4.9 °C warmer than usual", "Warning: 2015-06: rain 5.9 mm instead of 42.3 mm"], log);
    }

    [Fact]
    public void The_chart_of_every_month_is_well_formed_and_has_a_bar_for_every_day()
    {
        var months = IndependentMonths.Compute();
        foreach (var month in months.Values)
        {
            var days = Enumerable.Range(0, month.Days).Select(n => month.Month.AddDays(n))
                .Select(d => _dag.Validate(_dag.Extract(ByHand.Day(d)), ByHand.Day(d))).ToList();
            List<MonthSummary> earlier = [.. months.Values.Where(m => m.Month.Month == month.Month.Month && m.Month < month.Month)];

            var svg = XDocument.Parse(MonthChart.Draw(month, days, earlier, Anomaly.Find(month, earlier))).Root!;

            Assert.Equal("http://www.w3.org/2000/svg", svg.Name.NamespaceName);
            Assert.Equal(month.Days, Classes(svg, "temp"));
            Assert.Equal(days.Count(d => d.Precipitation > 0), Classes(svg, "rain"));
            Assert.Equal(earlier.Count > 0 ? 1 : 0, Classes(svg, "usual"));
            Assert.DoesNotContain(svg.Descendants().Attributes(), a => a.Value.Contains("NaN", StringComparison.Ordinal));
        }

        static int Classes(XElement svg, string name) => svg.Descendants().Count(e => (string?)e.Attribute("class") == name);
    }
}
