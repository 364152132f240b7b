using System.Globalization;

namespace Pipelines.Engine.Scheduling;

/// <summary>A schedule in words, the same wherever people read of it: pages, the CLI and events.</summary>
public static class SchedulePhrase
{
    /// <summary>Such as "0 2 * * * (Europe/Kyiv)", "every 15 min" or "by hand".</summary>
    public static string Of(DagSpec spec) => Of(ScheduleOf.Named(spec), spec.TimeZone);

    /// <summary>The same from the parts that a list reads.</summary>
    public static string Of(ScheduleSpec? schedule, string zone) => schedule?.Kind switch
    {
        null => "by hand",
        ScheduleKind.Cron => $"{string.Join(" and ", schedule.Crons ?? [])} ({zone})",
        ScheduleKind.Every => $"every {Span(schedule.Span)}{(schedule.Moments is [var anchor, ..] ? $" from {anchor} ({zone})" : "")}",
        ScheduleKind.At => schedule.Moments is [var only] ? $"at {only} ({zone})"
            : $"at {schedule.Moments?.Count} instants, {schedule.Moments?[0]} to {schedule.Moments?[^1]} ({zone})",
        ScheduleKind.Custom => $"custom: {schedule.Type} ({zone})",
        ScheduleKind.Once => schedule.Moments is [var at, ..] ? $"once, at {at} ({zone})" : "once, when first seen",
        ScheduleKind.Continuous => schedule.Span > TimeSpan.Zero ? $"continuously, {Span(schedule.Span)} between runs" : "continuously",
        _ => $"{schedule.Kind}",
    };

    /// <summary>With what bounds and delays it: for an event that tells of a change.</summary>
    public static string InFull(DagSpec spec) => Of(spec)
        + (ScheduleOf.Named(spec) is null || (spec.Start is null && spec.End is null) ? "" : $", data from {spec.Start ?? "ever"} to {spec.End ?? "ever"}")
        + (spec.Jitter is { } jitter ? $", runs made up to {Span(jitter)} later" : "");

    /// <summary>A span in whole units, without those that are zero: "90 min" is "1 h 30 min".</summary>
    public static string Span(TimeSpan? span)
    {
        var at = span ?? TimeSpan.Zero;
        (long Count, string Unit)[] parts = [(at.Days, at.Days == 1 ? "day" : "days"), (at.Hours, "h"), (at.Minutes, "min"), (at.Seconds, "s")];
        var said = string.Join(' ', parts.Where(part => part.Count > 0).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count} {part.Unit}")));
        return said.Length > 0 ? said : "0 s";
    }
}
