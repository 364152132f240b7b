using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Scheduling;

/// <summary>What a task without a body waits for in one run. Pure: the same input gives the same answer.</summary>
public static class WaitPlan
{
    /// <summary>The plan of a wait that can begin. What cannot be planned fails the task with the reason, and holds up no other.</summary>
    public static BegunWait Of(ReadyWait ready)
    {
        try
        {
            return Planned(ready);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            return new(ready.Key) { Dag = ready.Wait.Dag, Error = "the moment that it would wait for is after the year 9999" };
        }
    }

    private static BegunWait Planned(ReadyWait ready)
    {
        var wait = ready.Wait;
        var tick = ready.Interval?.End ?? ready.ScheduledFor;
        var begun = new BegunWait(ready.Key) { Dag = wait.Dag, Task = wait.Task, FailIfFailed = wait.FailIfFailed, SoftFail = wait.SoftFail, Timeout = wait.Timeout };
        return wait.Kind switch
        {
            WaitKind.Delay => begun with { Due = ready.QueuedAt + wait.Offset },
            WaitKind.Moment => Due(wait, tick) is { } due ? begun with { Due = due } : begun with { Error = $"the time zone '{wait.TimeZone}' is not known here" },
            WaitKind.Dag when wait.Runs == RunsOf.SameTick => begun with { From = tick + wait.Offset },
            WaitKind.Dag => ready.Interval is { } interval ? begun with { From = interval.Start, To = interval.End }
                : begun with { Error = "the run has no data interval that runs of another DAG could cover. Start it with --interval-start and --interval-end" },
            WaitKind.Signal => begun with { Signal = wait.Signal },
            WaitKind.Approval => begun with { Approval = wait.Approval, Evidence = ready.Evidence },
            _ => begun with { Starts = true, Detached = wait.Detached, Closes = wait.ParentClose == ParentClosePolicy.Cancel, Arguments = ready.Arguments, Error = ready.Refused },
        };
    }

    /// <summary>When a moment relative to a tick comes; null: the zone is not known.</summary>
    internal static DateTimeOffset? Due(WaitSpec wait, DateTimeOffset tick)
    {
        if (wait.Time is not { } time)
            return tick + wait.Offset;
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(wait.TimeZone ?? "UTC") is not { } zone)
            return null;
        var from = Instant.FromDateTimeOffset(tick);
        var days = (int)wait.Offset.TotalDays;
        var day = from.InZone(zone).Date;
        var wall = LocalTime.FromTimeOnly(time);
        var first = ZonedMoments.At(day + wall, zone);
        return (first >= from && days == 0 ? first : ZonedMoments.At(day.PlusDays(days + (first < from ? 1 : 0)) + wall, zone)).ToDateTimeOffset();
    }
}
