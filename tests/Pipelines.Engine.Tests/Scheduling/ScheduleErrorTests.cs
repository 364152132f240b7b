using NodaTime;
using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Scheduling;

/// <summary>What an author may get wrong: each is one line that says what and how to fix it.</summary>
public sealed class ScheduleErrorTests
{
    [Theory]
    [MemberData(nameof(Definitions))]
    public void Refused_while_it_is_defined(Action define, string message) =>
        Assert.Contains(message, Assert.Throws<DagDefinitionException>(define).Message, StringComparison.Ordinal);

    public static TheoryData<Action, string> Definitions() => new()
    {
        { () => Schedule.Cron(), "Schedule.Cron has no expression. Give one" },
        { () => Schedule.Every(TimeSpan.Zero), "Schedule.Every(00:00:00) does not move forward" },
        { () => Schedule.Every(TimeSpan.FromHours(-1)), "Schedule.Every(-01:00:00) does not move forward" },
        { () => Schedule.Every(TimeSpan.FromSeconds(1.5)), "not a whole number of seconds" },
        { () => Schedule.At(), "Schedule.At has no instants. Give one" },
        { () => Schedule.Continuous(TimeSpan.FromSeconds(-1)), "cannot have a gap of -00:00:01" },
        { () => Defined(dag => dag.Jitter(TimeSpan.FromSeconds(-1))), "Jitter cannot be -00:00:01" },
        { () => Defined(dag => dag.AutoPause(after: 0)), "AutoPause(after: 0) would pause a DAG that never failed" },
        { () => Defined(dag => dag.Schedule(Schedule.Once()).Schedule(Schedule.Once())), "dag.Schedule is called twice" },
        { () => Defined(dag => dag.Schedule(Schedule.Once()), "@daily"), "Cron = \"@daily\" in its [Dag] attribute, and dag.Schedule in Define. Keep one" },
    };

    [Theory]
    [MemberData(nameof(Loaded))]
    public void Refused_when_it_is_loaded(ScheduleSpec schedule, string? start, string? end, string message) =>
        Assert.Contains(message, ScheduleOf.Problem(Kinds.Spec(schedule, start: start, end: end)), StringComparison.Ordinal);

    public static TheoryData<ScheduleSpec, string?, string?, string> Loaded() => new()
    {
        { Schedule.Cron("@daily", "61 * * * *"), null, null, "61" },
        { Schedule.Cron("@daily", "0 0 30 2 *"), null, null, "'0 0 30 2 *' never fires" },
        { Schedule.Every(TimeSpan.FromHours(1), "noon"), null, null, "The anchor of Schedule.Every 'noon' is not a date. Write 2026-01-31" },
        { Schedule.At("2026-01-01", "soon"), null, null, "Instant 2 of Schedule.At, 'soon' is not a date. Write 2026-01-31" },
        { Schedule.At("2026-01-01", "2026-03-01", "2026-02-01"), null, null, "Instant 3 of Schedule.At, '2026-02-01', is earlier than the one before it, '2026-03-01'" },
        { Schedule.At("2026-01-01", "2026-01-01T00:00Z"), null, null, "Instant 2 of Schedule.At, '2026-01-01T00:00Z', is the same as the one before it, '2026-01-01'" },
        { Schedule.At("2026-01-01"), null, null, "names one instant, '2026-01-01', and the DAG has no Start before it" },
        { Schedule.Once("later"), null, null, "The moment of Schedule.Once 'later' is not a date" },
        { Schedule.Once("2026-05-01"), null, "2026-04-01", "Schedule.Once(\"2026-05-01\") is beyond End, 2026-04-01" },
        { Schedule.Once(), "2026-02-01", "2026-01-01", "is not after Start" },
        { Schedule.Continuous(TimeSpan.Zero), "someday", null, "Start 'someday' is not a date" },
        { Kinds.Custom, "2026-02-30", null, "Start '2026-02-30' is not a date" },
    };

    [Theory]
    [MemberData(nameof(Probed))]
    public void A_schedule_of_ones_own_is_asked_before_it_is_taken(ISchedule own, string message) => Assert.Contains(
        message,
        Assert.Throws<ScheduleException>(() => ScheduleProbe.Ask(Kinds.Spec(Kinds.Custom, start: "2020-01-01"), own, At("2026-01-01T00:00Z"))).Message,
        StringComparison.Ordinal);

    public static TheoryData<ISchedule, string> Probed()
    {
        var calls = 0;
        return new()
        {
            { new Own(_ => throw new InvalidOperationException("closed")), "The schedule Test.Own threw InvalidOperationException for Next(2026-01-01T00:00:00Z): closed" },
            { new Own(after => after.AddHours(-1)), "goes backwards: Next(2026-01-01T00:00:00Z) returned 2025-12-31T23:00:00Z" },
            { new Own(after => after), "never advances: Next(2026-01-01T00:00:00Z)" },
            { new Own(after => after.AddTicks(10)), "not a whole second. Round" },
            { new Own(_ => null), "names no tick at all" },
            { new Own(after => after.AddMinutes(++calls)), "answers differently when it is asked again" },
            { new Own(after => after.Year < 2025 ? after.AddDays(-1) : after.Date.AddDays(1)), "goes backwards: Next(2020-01-01" },
            // From anywhere in a day it is a day later: an offset and not a calendar.
            { new Own(after => after.AddDays(1)), "answers differently when it is asked again" },
        };
    }

    [Fact]
    public void What_is_well_behaved_is_taken_also_when_it_has_ended()
    {
        var spec = Kinds.Spec(Kinds.Custom, start: "2020-01-01");
        Assert.Equal(300, ScheduleProbe.Ask(spec, new OwnCron("@daily", DateTimeZone.Utc), At("2026-01-01T00:00Z")).Count);
        Assert.Single(ScheduleProbe.Ask(spec, new Own(after => after.Year < 2021 ? new DateTimeOffset(2021, 1, 1, 0, 0, 0, TimeSpan.Zero) : null), At("2026-01-01T00:00Z")));
    }

    private static void Defined(Action<DagBuilder> define, string? cron = null) =>
        DagBuilder.SpecOf(new Lambda(define), new DagAttribute("d") { Cron = cron }, "Test.Dag", null);

    private sealed class Lambda(Action<DagBuilder> define) : Dag
    {
        public override void Define(DagBuilder dag)
        {
            define(dag);
            dag.Task("only", () => 1);
        }
    }
}
