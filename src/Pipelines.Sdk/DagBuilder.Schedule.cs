namespace Pipelines;

/// <content>When the DAG runs, where one cron expression in the attribute does not say it.</content>
public sealed partial class DagBuilder
{
    private ScheduleSpec? _schedule;
    private ISchedule? _custom;
    private TimeSpan? _jitter;
    private int? _autoPause;

    /// <summary>When the DAG runs: one of the kinds of <see cref="Pipelines.Schedule"/>. Instead of Cron in the attribute; zone, Start, End and Catchup come from there.</summary>
    /// <exception cref="DagDefinitionException">It has a schedule already.</exception>
    /// <example><code>dag.Schedule(Schedule.Every(TimeSpan.FromMinutes(15)));</code></example>
    public DagBuilder Schedule(ScheduleSpec schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (_schedule is not null)
            throw new DagDefinitionException("The DAG has two schedules: dag.Schedule is called twice. Keep one; several crons are one schedule: Schedule.Cron(\"...\", \"...\").");
        _schedule = schedule;
        return this;
    }

    /// <summary>When the DAG runs, by a class of the team's own.</summary>
    /// <exception cref="DagDefinitionException">It has a schedule already.</exception>
    /// <example><code>dag.Schedule(new BusinessDays(hour: 6, holidays));</code></example>
    public DagBuilder Schedule(ISchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        _custom = schedule;
        return Schedule(new ScheduleSpec { Kind = ScheduleKind.Custom, Type = schedule.GetType().FullName });
    }

    /// <summary>
    /// Spreads DAGs that tick at the same moment: the runs of each are made later by a fixed time of its own, from zero up to this. What they are scheduled for and their
    /// intervals stay.
    /// </summary>
    /// <exception cref="DagDefinitionException">The time is negative.</exception>
    /// <example><code>dag.Jitter(TimeSpan.FromMinutes(10));</code></example>
    public DagBuilder Jitter(TimeSpan most)
    {
        _jitter = most >= TimeSpan.Zero ? most : throw new DagDefinitionException($"Jitter cannot be {most}. Give zero or longer.");
        return this;
    }

    /// <summary>
    /// Pauses the DAG when so many scheduled runs in a row have failed, with an event that says so. Cancelled runs count neither way; after a resume it is counted anew.
    /// </summary>
    /// <param name="after">How many, from 1.</param>
    /// <exception cref="DagDefinitionException">It is less than 1.</exception>
    /// <example><code>dag.AutoPause(after: 3);</code></example>
    public DagBuilder AutoPause(int after)
    {
        _autoPause = after >= 1 ? after : throw new DagDefinitionException($"AutoPause(after: {after}) would pause a DAG that never failed. Give 1 or more.");
        return this;
    }

    /// <summary>The schedule of the team's own that Define names, on this instance; null: it names none.</summary>
    internal static ISchedule? CustomScheduleOf(Dag dag)
    {
        var builder = new DagBuilder(only: "");
        dag.Define(builder);
        return builder._custom;
    }
}
