namespace Pipelines.Engine.Scheduling;

/// <summary>The schedule that a graph names.</summary>
public static class ScheduleOf
{
    /// <returns>Null: manual runs only.</returns>
    /// <exception cref="PipelinesException">The schedule is not one; caught when the DAG is loaded.</exception>
    public static CronSchedule? Spec(DagSpec spec) => spec.Cron is null ? null : CronSchedule.Create(spec.Cron, spec.TimeZone, spec.Start, spec.End);

    /// <summary>What is wrong with the schedule that a graph names; null: nothing.</summary>
    public static string? Problem(DagSpec spec)
    {
        try
        {
            Spec(spec);
            return null;
        }
        catch (ScheduleException e)
        {
            return e.Message;
        }
    }

    /// <summary>What makes two schedules the same: when it changes, ticks are planned anew from now on.</summary>
    public static string? Key(DagSpec spec) => spec.Cron is null ? null : $"{spec.Cron} {spec.TimeZone} {spec.Start}..{spec.End}";
}
