using System.Globalization;
using Pipelines.Testing;
using Settlement;

namespace Pipelines.Dags.Tests;

public sealed class SettlementTests
{
    [Theory]
    [InlineData("2026-03-05T22:59:59Z", "2026-03-05T23:00:00Z")]      // Thursday, before the close
    [InlineData("2026-03-05T23:00:00Z", "2026-03-06T23:00:00Z")]      // at the close: strictly after
    [InlineData("2026-03-06T23:00:00Z", "2026-03-09T22:00:00Z")]      // over a weekend in which the clocks go forward
    [InlineData("2026-04-02T22:00:00Z", "2026-04-06T22:00:00Z")]      // Good Friday
    [InlineData("2026-12-24T23:00:00Z", "2026-12-28T23:00:00Z")]      // Christmas on a Friday
    public void The_close_of_the_next_business_day(string after, string next) => Assert.Equal(Time(next), SettlementDag.Calendar.Next(Time(after)));

    [Fact]
    public void A_year_has_as_many_runs_as_business_days()
    {
        var days = Enumerable.Range(0, 365).Select(new DateOnly(2026, 1, 1).AddDays).Count(SettlementDag.Calendar.IsBusinessDay);
        var ticks = 0;
        for (var at = Time("2026-01-01T05:00:00Z"); SettlementDag.Calendar.Next(at) is { Year: 2026 } tick && tick < Time("2027-01-01T05:00:00Z"); at = tick)
            ticks++;
        Assert.Equal((251, 251), (days, ticks));
    }

    [Fact]
    public async Task The_run_after_a_weekend_settles_all_of_it()
    {
        var run = await DagTest.For(new SettlementDag()).At("2026-03-09").RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal("710 settled", run.Output<string>("settle"));    // 71 hours: three days less the hour that the clocks skip
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
