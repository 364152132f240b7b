using NodaTime;
using Pipelines.Engine.Cron;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Cron;

public sealed class CronExpressionTests
{
    private static readonly DateTimeZone NewYork = DateTimeZoneProviders.Tzdb["America/New_York"];

    [Theory]
    // Daily midnight: 23 hours in March, 25 in November.
    [InlineData("0 0 * * *", "2026-03-08T05:00Z", "2026-03-09T04:00Z")]
    [InlineData("0 0 * * *", "2026-11-01T04:00Z", "2026-11-02T05:00Z")]
    // 02:30 does not exist on 8 March: it moves to 03:00, 23.5 hours after and before its neighbours.
    [InlineData("30 2 * * *", "2026-03-07T07:30Z", "2026-03-08T07:00Z", "2026-03-09T06:30Z")]
    // 01:30 comes twice on 1 November: the first counts.
    [InlineData("30 1 * * *", "2026-11-01T05:30Z", "2026-11-02T06:30Z")]
    // Every hour skips the gap and fires in both passes of the fold.
    [InlineData("15 * * * *", "2026-03-08T06:15Z", "2026-03-08T07:15Z", "2026-03-08T08:15Z")]
    [InlineData("30 * * * *", "2026-11-01T05:30Z", "2026-11-01T06:30Z", "2026-11-01T07:30Z")]
    // Every second hour: 02:00 moves to 03:00, 04:00 stays.
    [InlineData("0 */2 * * *", "2026-03-08T05:00Z", "2026-03-08T07:00Z", "2026-03-08T08:00Z", "2026-03-08T10:00Z")]
    [InlineData("0 1-3 * * *", "2026-11-01T05:00Z", "2026-11-01T06:00Z", "2026-11-01T07:00Z", "2026-11-01T08:00Z")]
    // A skipped time that lands on a tick is that tick, once.
    [InlineData("0 2,3 * * *", "2026-03-07T08:00Z", "2026-03-08T07:00Z", "2026-03-09T06:00Z")]
    public void Clock_changes_in_New_York_give_these_consecutive_ticks(string text, params string[] ticks)
    {
        var expression = CronExpression.Parse(text);
        for (var i = 1; i < ticks.Length; i++)
        {
            Assert.Equal(At(ticks[i]), expression.Next(At(ticks[i - 1]), NewYork));
            Assert.Equal(At(ticks[i - 1]), expression.Previous(At(ticks[i]), NewYork));
        }
    }

    [Theory]
    [InlineData("2026-03-08", 23)]
    [InlineData("2026-11-01", 25)]
    public void An_hourly_expression_fires_once_for_every_hour_that_passes(string day, int hours)
    {
        var date = NodaTime.Text.LocalDatePattern.Iso.Parse(day).Value;
        var from = NewYork.AtStartOfDay(date).ToInstant();
        var to = NewYork.AtStartOfDay(date.PlusDays(1)).ToInstant();
        var ticks = CronExpression.Parse("15 * * * *").Between(from, to, NewYork).ToList();

        Assert.Equal(hours, ticks.Count);
        Assert.All(ticks.Zip(ticks.Skip(1)), pair => Assert.Equal(Duration.FromHours(1), pair.Second - pair.First));
    }

    [Fact]
    public void A_search_that_starts_inside_the_second_pass_does_not_fire_a_fixed_time_again()
    {
        var expression = CronExpression.Parse("30 1 * * *");
        Assert.Equal(At("2024-11-04T06:30Z"), expression.Next(At("2024-11-03T06:01Z"), NewYork));
        Assert.Equal(At("2024-11-03T05:30Z"), expression.Previous(At("2024-11-03T06:59Z"), NewYork));
    }

    [Theory]
    [InlineData("0 0 13 * 5", "2026-01-02 2026-01-09 2026-01-13 2026-01-16 2026-01-23 2026-01-30")]
    [InlineData("0 0 13 * ?", "2026-01-13")]
    [InlineData("0 0 ? * 5L", "2026-01-30")]
    [InlineData("0 0 L * *", "2026-01-31")]
    [InlineData("0 0 LW * *", "2026-01-30")]
    [InlineData("0 0 L-30 * *", "2026-01-01")]
    [InlineData("0 0 1W * *", "2026-01-01")]
    [InlineData("0 0 25W * *", "2026-01-26")]
    [InlineData("0 0 l-14w * *", "2026-01-16")]
    [InlineData("0 0 * JAN fri#3", "2026-01-16")]
    [InlineData("0 0 30-2 * *", "2026-01-01 2026-01-02 2026-01-30 2026-01-31")]
    [InlineData("0 0 * * 5-7/2", "2026-01-02 2026-01-04 2026-01-09 2026-01-11 2026-01-16 2026-01-18 2026-01-23 2026-01-25 2026-01-30")]
    [InlineData("@monthly", "2026-01-01")]
    [InlineData(" @Weekly\t", "2026-01-04 2026-01-11 2026-01-18 2026-01-25")]
    public void Day_fields_name_these_days_of_January_2026(string text, string days)
    {
        var ticks = CronExpression.Parse(text).Between(At("2026-01-01T00:00Z"), At("2026-02-01T00:00Z"), DateTimeZone.Utc);
        Assert.Equal(days, string.Join(' ', ticks.Select(tick => tick.InUtc().Date.ToString("uuuu-MM-dd", null))));
    }

    [Fact]
    public void A_backward_range_with_a_step_keeps_its_beat_across_midnight()
    {
        var ticks = CronExpression.Parse("0 22-4/3 * * *").Between(At("2026-01-01T00:00Z"), At("2026-01-02T00:00Z"), DateTimeZone.Utc);
        Assert.Equal([1, 4, 22], ticks.Select(tick => tick.InUtc().Hour));
    }

    [Theory]
    [InlineData("0 0 30 2 *", false)]
    [InlineData("0 0 31 4,6,9,11 *", false)]
    [InlineData("0 0 L-30 2,4 *", false)]
    [InlineData("0 0 29 2 *", true)]
    [InlineData("0 0 30 2 1", true)]
    [InlineData("0 0 * 2 1#5", true)]
    public void An_expression_without_a_date_never_fires(string text, bool fires)
    {
        var expression = CronExpression.Parse(text);
        Assert.Equal(fires, expression.EverFires);
        Assert.Equal(fires, expression.Next(At("2026-01-01T00:00Z"), NewYork) is not null);
        Assert.Equal(fires, expression.Previous(At("2026-01-01T00:00Z"), NewYork) is not null);
    }

    [Fact]
    public void The_longest_wait_of_all_is_found_in_both_directions()
    {
        // A fifth Monday in February: 29 February 2072, and then not before 2112, because 2100 is no leap year.
        var expression = CronExpression.Parse("0 0 * 2 1#5");
        Assert.Equal(At("2112-02-29T00:00Z"), expression.Next(At("2072-02-29T00:00Z"), DateTimeZone.Utc));
        Assert.Equal(At("2072-02-29T00:00Z"), expression.Previous(At("2112-02-29T00:00Z"), DateTimeZone.Utc));
    }

    [Fact]
    public void A_whole_day_that_a_zone_skips_fires_at_its_end()
    {
        // Samoa went from 29 to 31 December 2011.
        var apia = DateTimeZoneProviders.Tzdb["Pacific/Apia"];
        var expression = CronExpression.Parse("0 12 * * *");
        Assert.Equal(
            ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"],
            expression.Between(At("2011-12-29T12:00Z"), At("2011-12-31T12:00Z"), apia).Select(tick => tick.ToString()));
    }

    [Fact]
    public void Between_includes_its_first_moment_and_excludes_its_last() =>
        Assert.Equal(
            [At("2026-01-01T00:00Z"), At("2026-01-01T01:00Z")],
            CronExpression.Parse("@hourly").Between(At("2026-01-01T00:00Z"), At("2026-01-01T02:00Z"), DateTimeZone.Utc));

    [Fact]
    public void The_ends_of_time_are_answered_not_thrown()
    {
        var expression = CronExpression.Parse("* * * * * *");
        Assert.NotNull(expression.Next(Instant.MinValue, NewYork));
        Assert.Null(expression.Next(Instant.MaxValue, NewYork));
        Assert.Null(expression.Previous(Instant.MinValue, NewYork));
        Assert.NotNull(expression.Previous(Instant.MaxValue, NewYork));
        Assert.NotEmpty(CronExpression.Parse("@yearly").Between(Instant.MinValue, Instant.MaxValue, NewYork).Take(3));
        Assert.InRange(CronExpression.Parse("@yearly").Between(At("9000-01-01T00:00Z"), Instant.MaxValue, NewYork).Count(), 999, 1000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(null)]
    public void An_empty_text_is_refused(string? text) => Assert.False(CronExpression.TryParse(text, out _));

    [Theory]
    [InlineData("60 * * * *", "minute field '60': 60 is out of range. Write a number from 0 to 59.")]
    [InlineData("0 0 * * MONDAY",
        "day-of-week field 'MONDAY': 'MONDAY' is not understood. Write a number from 0 to 7 or a name from SUN to SAT.")]
    [InlineData("* * * *",
        "it has 4 fields. Write five (minute, hour, day of month, month, day of week) or six (second first).")]
    [InlineData("*/90 * * * *", "minute field '*/90': 90 is out of range. Write a step from 1 to 59 after '/'.")]
    [InlineData("1,*/10 * * * *",
        "minute field '1,*/10': '*' means every value and cannot stand in a list. Write it alone, or the list without it.")]
    [InlineData("0 0 15,LW * *",
        "day-of-month field '15,LW': L and W cannot be part of a list or take a step. Write one of L, L-3, LW, L-3W or 15W alone.")]
    public void A_refusal_says_where_why_and_how_to_fix_it(string text, string message) =>
        Assert.Equal($"Cron expression '{text}': {message}", Assert.Throws<CronFormatException>(() => CronExpression.Parse(text)).Message);

    [Fact]
    public void An_expression_shows_what_was_written() => Assert.Equal("0 2 * * mon", CronExpression.Parse(" 0 2 * * mon ").ToString());
}
