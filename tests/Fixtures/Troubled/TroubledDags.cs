using Pipelines;

namespace Troubled;

[Dag("fine")]
public sealed class Fine : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}

[Dag("constructor_throws")]
public sealed class ConstructorThrows : Dag
{
    public ConstructorThrows() => throw new InvalidOperationException("The warehouse\nis closed.");

    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}

[Dag("static_throws")]
public sealed class StaticThrows : Dag
{
    private static readonly int Year;

    static StaticThrows() => Year = int.Parse("MMXXVI");

    public override void Define(DagBuilder dag) => dag.Task("only_" + Year, () => Year);
}

[Dag("define_throws")]
public sealed class DefineThrows : Dag
{
    public override void Define(DagBuilder dag)
    {
        dag.Task("same", () => 1);
        dag.Task("same", () => 2);
    }
}

[Dag("never_returns")]
public sealed class NeverReturns : Dag
{
    public override void Define(DagBuilder dag)
    {
        using var never = new ManualResetEvent(initialState: false);
        never.WaitOne();
    }
}

[Dag("differs")]
public sealed class Differs : Dag
{
    private static int _calls;

    public override void Define(DagBuilder dag)
    {
        dag.Task("steady", () => 1);
        dag.Task($"task_{_calls++}", () => 1);
    }
}

[Dag("twice")]
public sealed class TwiceA : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}

[Dag("twice")]
public sealed class TwiceB : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}

[Dag("Bad Id")]
public sealed class BadId : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}

[Dag("no_tasks")]
public sealed class NoTasks : Dag
{
    public override void Define(DagBuilder dag)
    {
    }
}

[Dag("many_tasks")]
public sealed class ManyTasks : Dag
{
    public override void Define(DagBuilder dag)
    {
        for (var i = 0; i < 21_000; i++)
            dag.Task($"task_{i}", () => 1);
    }
}

[Dag("too_many_tasks")]
public sealed class TooManyTasks : Dag
{
    public override void Define(DagBuilder dag)
    {
        for (var i = 0; i < 50_000; i++)
            dag.Task($"task_{i}", () => 1);
    }
}

[Dag("bad_cron", Cron = "61 * * * *")]
public sealed class BadCron : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}

[Dag("no_active_runs", MaxActiveRuns = 0)]
public sealed class NoActiveRuns : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}

[Dag("when_one_success")]
public sealed class WhenOneSuccess : Dag
{
    public override void Define(DagBuilder dag)
    {
        var choice = dag.Task("choose", () => true);
        dag.Task("act", () => 1).When(choice, true).TriggerRule(TriggerRule.OneSuccess);
    }
}

public interface IUnknown;

[Dag("unknown_service")]
public sealed class UnknownService(IUnknown unknown) : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => unknown.ToString()!);
}

[Dag("hidden")]
internal sealed class Hidden : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}

[Dag("not_a_dag")]
public sealed class NotADag;

/// <summary>Schedules with one mistake each.</summary>
public abstract class OnSchedule(Func<DateTimeOffset, DateTimeOffset?> next) : Dag, ISchedule
{
    public override void Define(DagBuilder dag)
    {
        dag.Schedule((ISchedule)this);
        dag.Task("only", () => 1);
    }

    public DateTimeOffset? Next(DateTimeOffset after) => next(after);
}

[Dag("schedule_throws")]
public sealed class ScheduleThrows() : OnSchedule(after => throw new FormatException("no\ncalendar"));

[Dag("schedule_goes_back")]
public sealed class ScheduleGoesBack() : OnSchedule(after => after.AddDays(-1));

[Dag("schedule_stands")]
public sealed class ScheduleStands() : OnSchedule(after => after);

[Dag("schedule_counts")]
public sealed class ScheduleCounts() : OnSchedule(after => after.AddMinutes(_asked++))
{
    private static int _asked = 1;
}

[Dag("schedule_of_fractions")]
public sealed class ScheduleOfFractions() : OnSchedule(after => after.AddMilliseconds(1));

[Dag("schedule_names_none")]
public sealed class ScheduleNamesNone() : OnSchedule(after => null);

[Dag("schedule_hangs")]
public sealed class ScheduleHangs() : OnSchedule(after =>
{
    using var never = new ManualResetEvent(initialState: false);
    never.WaitOne();
    return null;
});

[Dag("two_schedules", Cron = "@daily")]
public sealed class TwoSchedules : Dag
{
    public override void Define(DagBuilder dag)
    {
        dag.Schedule(Schedule.Every(TimeSpan.FromHours(1)));
        dag.Task("only", () => 1);
    }
}
