using System.Text.Json;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Scheduling;

/// <summary>The schedule that a graph names, in whichever of its two places.</summary>
public static class ScheduleOf
{
    /// <summary>The schedule as data; null: manual runs only.</summary>
    public static ScheduleSpec? Named(DagSpec spec) =>
        spec.Schedule ?? (spec.Cron is { } cron ? new ScheduleSpec { Kind = ScheduleKind.Cron, Crons = [cron] } : null);

    /// <summary>Whether its runs stand for intervals of data that can be counted beforehand, and so be backfilled.</summary>
    public static bool HasIntervals(DagSpec spec) => Named(spec)?.Kind is ScheduleKind.Cron or ScheduleKind.Every or ScheduleKind.At or ScheduleKind.Custom;

    /// <summary>Whether it needs code of the DAG's assembly.</summary>
    public static bool IsCustom(DagSpec spec) => Named(spec)?.Kind == ScheduleKind.Custom;

    /// <param name="spec">The graph.</param>
    /// <param name="custom">The author's own schedule, where the graph names one.</param>
    /// <returns>Null: no schedule, or one without intervals.</returns>
    /// <exception cref="ScheduleException">The schedule is not one; caught when the DAG is loaded. Or it is custom and not given.</exception>
    public static DagSchedule? Spec(DagSpec spec, ISchedule? custom = null) => HasIntervals(spec) ? ScheduleReader.Read(Named(spec)!, spec, custom) : null;

    /// <summary>What is wrong with the schedule that a graph names; null: nothing. One of the author's own is only looked at by <see cref="ScheduleProbe"/>.</summary>
    public static string? Problem(DagSpec spec)
    {
        try
        {
            ScheduleReader.Cron(["@daily"], spec.TimeZone, spec.Start, spec.End);
            if (Named(spec) is { Kind: ScheduleKind.Once } once)
                ScheduleReader.OnceAt(once, spec);
            else if (!IsCustom(spec))
                Spec(spec);
            return null;
        }
        catch (ScheduleException e)
        {
            return e.Message;
        }
    }

    /// <summary>
    /// What makes two schedules the same: when it changes, the old one decides until now and the new one from then on. The code of a custom schedule may change with
    /// every new assembly.
    /// </summary>
    public static string? Key(DagSpec spec, string bundleHash)
    {
        if (Named(spec) is not { } schedule)
            return null;
        var what = schedule is { Kind: ScheduleKind.Cron, Crons: [var only] } ? only
            : JsonSerializer.Serialize(schedule) + (schedule.Kind == ScheduleKind.Custom ? $" {bundleHash}" : "");
        return $"{what} {spec.TimeZone} {spec.Start}..{spec.End}{(spec.Jitter is { } jitter ? $" jitter {jitter}" : "")}";
    }

    /// <summary>What the store keeps of it.</summary>
    public static SchedulePlan Plan(DagSpec spec, string bundleHash) => new(
        Key(spec, bundleHash), SchedulePhrase.InFull(spec), Named(spec)?.Kind == ScheduleKind.Once ? null : StartOf(spec),
        Named(spec) is { Kind: ScheduleKind.Continuous, Span: var gap } ? gap : null, spec.AutoPauseAfter);

    /// <summary>No interval starts before it; null: unbounded.</summary>
    public static Instant? StartOf(DagSpec spec) => ZonedMoments.Parse("Start", spec.Start, TimeZoneNames.Find(spec.TimeZone));

    /// <summary>No interval ends after it; null: unbounded.</summary>
    public static Instant? EndOf(DagSpec spec) => ZonedMoments.Parse("End", spec.End, TimeZoneNames.Find(spec.TimeZone));
}
