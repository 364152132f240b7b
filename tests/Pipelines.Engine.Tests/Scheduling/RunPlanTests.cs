using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Engine.Tests.Scheduling;

public sealed class RunPlanTests
{
    private static readonly DagSpec Hourly = Kinds.Spec(Schedule.Cron("@hourly"));
    private static readonly DagSpec Quarters = Kinds.Spec(Schedule.Every(TimeSpan.FromMinutes(15)));

    [Fact]
    public void A_change_is_decided_by_each_schedule_for_its_own_time()
    {
        var due = Kinds.Due(Quarters, Time("08:00"), Time("11:50"), Time("11:10"), new PastSchedule(1, Hourly, Time("00:00"), Time("11:10")));
        Assert.Equal("09:00 10:00 11:00 11:15 11:30 11:45, then 12:00", Show(due));
        // A tick of both at the moment of the change is made once.
        Assert.Equal("11:00 11:15, then 11:30", Show(due with { LastTick = Time("10:00"), Now = Time("11:20"), Past = [new PastSchedule(1, Hourly, Time("00:00"), Time("11:00"))] }));
    }

    [Fact]
    public void Two_changes_before_a_look_are_two_seams_and_a_time_without_a_schedule_has_no_ticks()
    {
        var past = new[] { new PastSchedule(1, Hourly, Time("00:00"), Time("09:30")), new PastSchedule(2, Kinds.Spec(null), Time("09:30"), Time("11:20")) };
        Assert.Equal("08:00 09:00 11:30 11:45, then 12:00", Show(Kinds.Due(Quarters, Time("07:00"), Time("11:50"), Time("11:20"), past)));
        Assert.Equal("08:00 09:00", Show(Kinds.Due(Kinds.Spec(null), Time("07:00"), Time("11:50"), Time("11:20"), past)));
    }

    [Theory]
    [InlineData(Catchup.Latest, "11:45, then 12:00")]
    [InlineData(Catchup.None, "then 12:00")]
    public void Catchup_looks_at_both_sides_of_a_change(Catchup catchup, string plan) => Assert.Equal(
        plan, Show(Kinds.Due(Quarters with { Catchup = catchup }, Time("08:00"), Time("11:50"), Time("11:10"), new PastSchedule(1, Hourly, Time("00:00"), Time("11:10")))));

    [Theory]
    [InlineData("10:00", "09:00", "10:00")]               // its moment has come
    [InlineData("13:00", "09:00", "then 13:00")]          // it is to come
    [InlineData("06:00", "09:00", "06:00")]               // it had passed before the DAG was seen, whatever the catchup
    public void Once_makes_one_run(string at, string seen, string plan)
    {
        var due = Kinds.Due(Kinds.Spec(Schedule.Once($"2026-05-04T{at}"), catchup: Catchup.None), Time(seen), Time("12:00"), Time(seen));
        var decided = RunPlan.Decide(due, _ => null, 10);
        Assert.Equal(plan, Show(decided));
        Assert.All(decided.Create, run => Assert.Null(run.IntervalStart));
        if (decided.Create.Count > 0)
            Assert.Equal("", Show(due with { LastTick = decided.HandledThrough, Now = Time("18:00") }));
    }

    [Fact]
    public void Once_without_a_moment_is_when_it_was_first_seen_or_its_Start()
    {
        Assert.Equal("09:00", Show(Kinds.Due(Kinds.Spec(Schedule.Once()), Time("09:00"), Time("12:00"), Time("09:00"))));
        Assert.Equal("then 14:00", Show(Kinds.Due(Kinds.Spec(Schedule.Once(), start: "2026-05-04T14:00"), Time("09:00"), Time("12:00"), Time("09:00"))));
        Assert.Equal("", Show(Kinds.Due(Kinds.Spec(Schedule.Once(), end: "2026-05-04T08:00"), Time("09:00"), Time("12:00"), Time("09:00"))));
        // Not made when another schedule came: it is made all the same.
        Assert.Equal("08:00, then 12:00", Show(Kinds.Due(
            Kinds.Spec(Schedule.Cron("@hourly")), Time("07:00"), Time("11:10"), Time("11:00"), new PastSchedule(1, Kinds.Spec(Schedule.Once("2026-05-04T08:00")), Time("07:00"), Time("11:00")))));
    }

    [Fact]
    public void Continuous_takes_up_where_the_last_interval_ended_unless_a_run_is_open()
    {
        var due = Kinds.Due(Kinds.Spec(Schedule.Continuous(TimeSpan.Zero)), Time("11:00"), Time("11:10"), Time("09:00"));
        var plan = RunPlan.Decide(due, _ => null, 10);
        Assert.Equal([new PlannedRun(Time("11:10"), Time("11:00"), Time("11:10"))], plan.Create);
        Assert.Equal((Time("11:10"), null), (plan.HandledThrough, plan.NextDue));
        Assert.Equal("", Show(due with { Open = true }));
        // Its Start is to come, or the clock was set back.
        Assert.Equal("then 12:00", Show(due with { LastTick = Time("12:00") }));
        Assert.Equal("", Show(due with { Spec = due.Spec with { End = "2026-05-04T10:00" } }));
    }

    [Fact]
    public void Jitter_makes_runs_later_and_moves_neither_tick_nor_interval()
    {
        var spec = Hourly with { Jitter = TimeSpan.FromMinutes(30) };
        var delay = Jitter.Of(spec);
        Assert.InRange(delay.TotalMinutes, 1, 29);
        var before = RunPlan.Decide(Kinds.Due(spec, Time("10:00"), Time("11:00") + delay - Duration.FromSeconds(1), Time("00:00")), _ => null, 10);
        Assert.Equal((0, Time("11:00") + delay), (before.Create.Count, before.NextDue));
        var at = RunPlan.Decide(Kinds.Due(spec, before.HandledThrough, Time("11:00") + delay, Time("00:00")), _ => null, 10);
        Assert.Equal([new PlannedRun(Time("11:00"), Time("10:00"), Time("11:00"))], at.Create);
    }

    [Fact]
    public void Code_is_needed_of_versions_with_a_schedule_of_their_own_only()
    {
        var due = Kinds.Due(Kinds.Spec(Kinds.Custom), null, Time("12:00"), Time("09:00"), new PastSchedule(3, Kinds.Spec(Kinds.Custom), Time("08:00"), Time("09:00")), new PastSchedule(4, Hourly, Time("09:00"), Time("10:00")));
        Assert.Equal([3, 9], RunPlan.CustomVersions(due));
    }

    internal static string Show(DueDag due) => Show(RunPlan.Decide(due, _ => null, 100));

    private static string Show(RunPlan plan)
    {
        var runs = string.Join(' ', plan.Create.Select(run => Text(run.ScheduledFor)));
        return plan.NextDue is not { } next ? runs : runs.Length == 0 ? $"then {Text(next)}" : $"{runs}, then {Text(next)}";

        static string Text(Instant at) => at.InUtc().TimeOfDay.ToString("HH:mm", null);
    }

    private static Instant Time(string time) => Vectors.Instants.At($"2026-05-04T{time}:00Z");
}
