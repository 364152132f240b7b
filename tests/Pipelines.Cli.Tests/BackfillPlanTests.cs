using NodaTime;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Tests;

public sealed class BackfillPlanTests
{
    private static readonly DagSchedule Daily = DagSchedule.Cron("0 0 * * *", "UTC", null, null);

    [Theory]
    [InlineData("missing", "create leave leave leave leave leave")]
    [InlineData("failed", "create leave leave leave again again")]
    [InlineData("all", "create leave leave again again again")]
    public void Dates_with_a_run_are_treated_as_the_policy_says(string policy, string expected)
    {
        var ticks = Ticks(6);
        var existing = ticks.Skip(1).Zip("qrsfc").ToDictionary(pair => pair.First.ScheduledFor.ToDateTimeOffset(), pair => pair.Second);
        var plan = BackfillPlan.Make(ticks, existing, policy);
        Assert.Equal(expected, string.Join(' ', plan.Dates.Select(date => date.Action)).ToLowerInvariant());
        Assert.Equal(plan.Dates.Count, plan.Total + plan.Leave);
        Assert.Equal("it has no run yet|its run is queued|its run is running|its run has succeeded|its run has failed|its run was cancelled", string.Join('|', plan.Dates.Select(d => d.Why)));
    }

    [Fact]
    public void First_and_last_are_those_that_are_worked_on()
    {
        var ticks = Ticks(3);
        var plan = BackfillPlan.Make(ticks, new Dictionary<DateTimeOffset, char> { [ticks[0].ScheduledFor.ToDateTimeOffset()] = 's' }, "missing");
        Assert.Equal((ticks[1], ticks[2], 2), (plan.First!.Value, plan.Last!.Value, plan.Total));
        Assert.Null(BackfillPlan.Make([], new Dictionary<DateTimeOffset, char>(), "all").First);
    }

    [Fact]
    public void Months_count_by_the_day_of_the_data()
    {
        var plan = BackfillPlan.Make(Ticks(40), new Dictionary<DateTimeOffset, char>(), "missing");
        Assert.Equal([(1, 31), (2, 9)], plan.Months(DateTimeZone.Utc).Select(month => (month.Month.Month, month.Create)));
    }

    [Fact]
    public void A_range_without_measure_is_refused()
    {
        var seconds = DagSchedule.Cron("* * * * * *", "UTC", null, null);
        var ticks = new BackfillRange(new(2000, 1, 1), new(2020, 1, 1)).Ticks(seconds, Instant.FromUtc(2026, 1, 1, 0, 0));
        Assert.Contains("200,000", Assert.Throws<ScheduleException>(() => BackfillPlan.Bounded(ticks)).Message, StringComparison.Ordinal);
        Assert.Throws<ScheduleException>(() => BackfillPlan.Make([], new Dictionary<DateTimeOffset, char>(), "none"));
    }

    private static IReadOnlyList<Tick> Ticks(int days) =>
        [.. new BackfillRange(new(2026, 1, 1), new LocalDate(2026, 1, 1).PlusDays(days - 1)).Ticks(Daily, Instant.FromUtc(2027, 1, 1, 0, 0))];
}
