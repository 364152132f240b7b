using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Scheduling;

/// <summary>What one pass of the scheduler does for one DAG, whatever its schedule; the preview of a resume asks the same.</summary>
/// <param name="Create">The runs to make now, oldest first.</param>
/// <param name="HandledThrough">Everything up to and including this instant is decided.</param>
/// <param name="NextDue">When to look again; null: nothing is to come, or a continuous DAG waits for the end of its run.</param>
public sealed record RunPlan(IReadOnlyList<PlannedRun> Create, Instant HandledThrough, Instant? NextDue)
{
    /// <summary>Decides by the schedules that were in force since the last decision, each for its own time.</summary>
    /// <param name="due">The DAG.</param>
    /// <param name="custom">The author's own schedule of a version, where it has one.</param>
    /// <param name="max">The most runs to make.</param>
    /// <exception cref="ScheduleException">A schedule cannot be read, or the author's own misbehaves.</exception>
    public static RunPlan Decide(DueDag due, Func<int, ISchedule?> custom, int max)
    {
        var delay = Jitter.Of(due.Spec);
        var now = due.Now - delay;
        var plan = Ticks(due, custom, now, max);
        var isCut = plan.HandledThrough < now;
        if (!isCut)
        {
            foreach (var past in due.Past)
                plan = plan.WithOnce(past.Spec, past.Since, due.LastTick, Instant.Min(now, past.Until));
            plan = plan.WithOnce(due.Spec, due.Since, due.LastTick, now);
            if (ScheduleOf.Named(due.Spec)?.Kind == ScheduleKind.Continuous)
                plan = plan.WithNextOf(due);
        }

        return plan with { NextDue = plan.NextDue + delay };
    }

    /// <summary>The versions whose code is needed to decide.</summary>
    public static IReadOnlyList<int> CustomVersions(DueDag due) =>
    [
        .. due.Past.Where(past => ScheduleOf.IsCustom(past.Spec)).Select(past => past.VersionId)
            .Concat(ScheduleOf.IsCustom(due.Spec) ? [due.VersionId] : []).Distinct(),
    ];

    private static RunPlan Ticks(DueDag due, Func<int, ISchedule?> custom, Instant now, int max)
    {
        ITickSource? source = null;
        for (var i = 0; i < due.Past.Count; i++)
        {
            var then = ScheduleOf.Spec(due.Past[i].Spec, custom(due.Past[i].VersionId));
            source = i == 0 ? then : new SplicedTicks(source, due.Past[i - 1].Until, then);
        }

        var current = ScheduleOf.Spec(due.Spec, custom(due.VersionId));
        source = due.Past.Count == 0 ? current : new SplicedTicks(source, due.Past[^1].Until, current);
        if (source is null)
            return new RunPlan([], due.LastTick is { } last ? Instant.Max(last, now) : now, null);
        var rule = due.Spec.Catchup switch { Catchup.All => CatchupRule.All, Catchup.None => CatchupRule.None, _ => CatchupRule.Latest };
        var decision = MissedTicks.Decide(source, due.LastTick, now, rule, max);
        return new RunPlan(
            [.. decision.Create.Select(tick => new PlannedRun(tick.ScheduledFor, tick.IntervalStart, tick.IntervalEnd))],
            decision.HandledThrough, decision.Next?.ScheduledFor);
    }

    /// <summary>Adds the one run of Once. It is made when the DAG has it as its schedule and its moment has come, so a moment long past makes it at once.</summary>
    private RunPlan WithOnce(DagSpec spec, Instant since, Instant? lastTick, Instant now)
    {
        if (ScheduleOf.Named(spec) is not { Kind: ScheduleKind.Once } once)
            return this;
        var at = ScheduleReader.OnceAt(once, spec) ?? (ScheduleOf.StartOf(spec) is { } start ? Instant.Max(since, start) : since);
        var dueAt = Instant.Max(at, since);
        if (lastTick > dueAt || at > ScheduleOf.EndOf(spec))
            return this;
        return dueAt < now
            ? this with { Create = [.. Create, new PlannedRun(at, null, null)] }
            : this with { NextDue = dueAt + Duration.FromMilliseconds(1) };
    }

    /// <summary>Adds the next run of a continuous DAG, unless one is still open: then its end makes the DAG due again.</summary>
    private RunPlan WithNextOf(DueDag due)
    {
        var last = due.LastTick;
        if (due.Open || due.Now > ScheduleOf.EndOf(due.Spec))
            return this;
        return last >= due.Now
            ? this with { HandledThrough = last.Value, NextDue = last + Duration.FromMilliseconds(1) }      // its Start is to come, or a clock was set back
            : new RunPlan([.. Create, new PlannedRun(due.Now, last, last is null ? null : due.Now)], due.Now, null);
    }
}
