using NodaTime;
using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Scheduling;

public sealed class MissedTicksTests
{
    [Theory]
    // Down from 09:30 to 12:00:30: the tick at 12:00 is only late, those before are missed.
    [InlineData(CatchupRule.All, "09:00", "12:00:30", "10:00 11:00 12:00", "13:00")]
    [InlineData(CatchupRule.Latest, "09:00", "12:00:30", "12:00", "13:00")]
    [InlineData(CatchupRule.None, "09:00", "12:00:30", "12:00", "13:00")]
    // Down until 12:20: everything is missed.
    [InlineData(CatchupRule.All, "09:00", "12:20:00", "10:00 11:00 12:00", "13:00")]
    [InlineData(CatchupRule.Latest, "09:00", "12:20:00", "12:00", "13:00")]
    [InlineData(CatchupRule.None, "09:00", "12:20:00", "", "13:00")]
    // A tick is due at its very second, and late for less than 60.
    [InlineData(CatchupRule.None, "11:00", "12:00:00", "12:00", "13:00")]
    [InlineData(CatchupRule.None, "11:00", "12:00:59", "12:00", "13:00")]
    [InlineData(CatchupRule.None, "11:00", "12:01:00", "", "13:00")]
    [InlineData(CatchupRule.Latest, "11:00", "12:00:00", "12:00", "13:00")]
    [InlineData(CatchupRule.All, "11:00", "12:00:00", "12:00", "13:00")]
    // Nothing is due, or all is done.
    [InlineData(CatchupRule.All, "11:00", "11:59:59", "", "12:00")]
    [InlineData(CatchupRule.Latest, "12:00", "12:00:10", "", "13:00")]
    [InlineData(CatchupRule.None, "12:00", "12:00:10", "", "13:00")]
    // A clock set back opens nothing again.
    [InlineData(CatchupRule.All, "12:00", "11:30:00", "", "13:00")]
    public void An_hourly_schedule_without_Start_creates(CatchupRule rule, string last, string now, string create, string next)
    {
        var decision = MissedTicks.Decide(DagSchedule.Cron("@hourly", "UTC", null, null), Time(last), Time(now), rule, 100);
        Assert.Equal((create, next), (Show(decision.Create), Show([decision.Next!.Value])));
        Assert.Equal(Instant.Max(Time(last), Time(now)), decision.HandledThrough);
    }

    [Theory]
    [InlineData(CatchupRule.All, "01:00 02:00 03:00")]
    [InlineData(CatchupRule.Latest, "03:00")]
    [InlineData(CatchupRule.None, "")]
    public void A_new_DAG_with_a_Start_has_missed_every_tick_since(CatchupRule rule, string create)
    {
        var schedule = DagSchedule.Cron("@hourly", "UTC", "2026-05-04", null);
        Assert.Equal(create, Show(MissedTicks.Decide(schedule, null, Time("03:20"), rule, 100).Create));
    }

    [Theory]
    [InlineData(CatchupRule.All)]
    [InlineData(CatchupRule.Latest)]
    [InlineData(CatchupRule.None)]
    public void A_new_DAG_without_a_Start_waits_for_its_next_tick(CatchupRule rule)
    {
        var schedule = DagSchedule.Cron("@hourly", "UTC", null, null);
        var seen = MissedTicks.Decide(schedule, null, Time("12:00:00"), rule, 100);
        Assert.Empty(seen.Create);
        Assert.Equal("13:00", Show([seen.Next!.Value]));
        Assert.Equal("13:00", Show(MissedTicks.Decide(schedule, seen.HandledThrough, Time("13:00:01"), rule, 100).Create));
    }

    [Theory]
    [InlineData(CatchupRule.All)]
    [InlineData(CatchupRule.Latest)]
    [InlineData(CatchupRule.None)]
    public void A_Start_in_the_future_waits_for_the_first_whole_interval(CatchupRule rule)
    {
        var schedule = DagSchedule.Cron("@hourly", "UTC", "2026-05-04T05:30", null);
        var decision = MissedTicks.Decide(schedule, null, Time("03:20"), rule, 100);
        Assert.Empty(decision.Create);
        Assert.Equal("07:00", Show([decision.Next!.Value]));
    }

    [Fact]
    public void The_maximum_leaves_the_newest_ticks_to_the_next_pass()
    {
        var schedule = DagSchedule.Cron("@hourly", "UTC", "2026-05-04", null);
        var first = MissedTicks.Decide(schedule, null, Time("05:20"), CatchupRule.All, 3);
        Assert.Equal(("01:00 02:00 03:00", "04:00"), (Show(first.Create), Show([first.Next!.Value])));

        var second = MissedTicks.Decide(schedule, first.HandledThrough, Time("05:20"), CatchupRule.All, 3);
        Assert.Equal(("04:00 05:00", "06:00"), (Show(second.Create), Show([second.Next!.Value])));
        Assert.Throws<ArgumentOutOfRangeException>(() => MissedTicks.Decide(schedule, null, Time("05:20"), CatchupRule.All, 0));
    }

    [Fact]
    public void A_schedule_that_has_ended_has_no_next_tick()
    {
        var schedule = DagSchedule.Cron("@hourly", "UTC", "2026-05-04", "2026-05-04T02:00");
        var decision = MissedTicks.Decide(schedule, null, Time("12:00"), CatchupRule.All, 100);
        Assert.Equal("01:00 02:00", Show(decision.Create));
        Assert.Null(decision.Next);
        Assert.Equal("02:00", Show(MissedTicks.Decide(schedule, null, Time("12:00"), CatchupRule.Latest, 100).Create));
    }

    [Theory]
    [InlineData(CatchupRule.All)]
    [InlineData(CatchupRule.Latest)]
    [InlineData(CatchupRule.None)]
    public void A_scheduler_that_is_seconds_late_drops_no_tick_of_a_fast_schedule(CatchupRule rule)
    {
        var schedule = DagSchedule.Cron("*/10 * * * * *", "UTC", null, null);
        Assert.Equal(3, MissedTicks.Decide(schedule, Time("12:00:00"), Time("12:00:31"), rule, 100).Create.Count);
    }

    [Fact]
    public void After_an_outage_a_fast_schedule_gets_one_run_under_Latest()
    {
        var schedule = DagSchedule.Cron("*/10 * * * * *", "UTC", null, null);
        var decision = MissedTicks.Decide(schedule, Time("12:00:00"), Time("12:10:31"), CatchupRule.Latest, 100);
        Assert.Equal(Time("12:10:30"), Assert.Single(decision.Create).ScheduledFor);
    }

    private static Instant Time(string time) => At($"2026-05-04T{(time.Length == 5 ? time + ":00" : time)}Z");

    private static string Show(IEnumerable<Tick> ticks) =>
        string.Join(' ', ticks.Select(tick => tick.ScheduledFor.InUtc().TimeOfDay.ToString("HH:mm", null)));
}
