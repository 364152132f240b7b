using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Engine.Requests;

/// <summary>What a backfill would do now, before anything is written: the same for the console and the command line.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Asked">What was asked for, with the number of runs that was found.</param>
/// <param name="Plan">Date by date.</param>
/// <param name="Tasks">The tasks that run; null: all.</param>
/// <param name="Times">What runs of the DAG take; null: it has no history.</param>
/// <param name="Totals">How many runs each way to treat existing ones would make or run again.</param>
public sealed record BackfillPreview(
    DagDetail Dag, NewBackfill Asked, BackfillPlan Plan, IReadOnlyList<string>? Tasks, RunTimes? Times, IReadOnlyDictionary<string, BackfillPlan> Totals)
{
    /// <summary>How long it will take at best; null: the DAG has no history.</summary>
    public TimeRange? Estimate => BackfillEstimate.Range(Times, Plan.Total, Asked.MaxActive);

    /// <summary>The zone of its days.</summary>
    public DateTimeZone Zone => DateTimeZoneProviders.Tzdb.GetZoneOrNull(Dag.Spec.TimeZone) ?? DateTimeZone.Utc;

    /// <summary>The ticks that are asked for.</summary>
    /// <param name="spec">The DAG's graph.</param>
    /// <param name="custom">The author's own schedule, where the graph names one.</param>
    /// <param name="asked">The days.</param>
    /// <param name="now">The database's time.</param>
    /// <param name="most">More are refused.</param>
    /// <exception cref="ScheduleException">The days are none, or hold too many ticks.</exception>
    /// <exception cref="RefusedException">The DAG has no intervals that could be backfilled.</exception>
    public static IReadOnlyList<Tick> Ticks(DagSpec spec, ISchedule? custom, NewBackfill asked, Instant now, int most = BackfillPlan.MaxDates)
    {
        if (!ScheduleOf.HasIntervals(spec))
            throw new RefusedException(ScheduleOf.Named(spec) is null
                ? $"the DAG '{spec.Id}' has no schedule, so no dates to backfill. Start single runs instead"
                : $"the DAG '{spec.Id}' runs {SchedulePhrase.Of(spec)}: it has no intervals that could be backfilled. Start single runs instead");
        return BackfillPlan.Bounded(new BackfillRange(asked.From, asked.To).Ticks(ScheduleOf.Spec(spec, custom)!, now), most);
    }

    /// <summary>Looks at the runs that there are, and decides.</summary>
    /// <param name="console">What is there.</param>
    /// <param name="dag">The DAG.</param>
    /// <param name="asked">What is asked for; its total is found here.</param>
    /// <param name="ticks">The dates, from <see cref="Ticks"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RefusedException">Tasks or arguments do not fit.</exception>
    /// <exception cref="ScheduleException">Existing runs are treated in a way that there is not.</exception>
    public static async Task<BackfillPreview> LoadAsync(IReads console, DagDetail dag, NewBackfill asked, IReadOnlyList<Tick> ticks, CancellationToken cancellation)
    {
        var runs = ticks.Count == 0
            ? new Dictionary<DateTimeOffset, char>()
            : await console.ExistingRunsAsync(
                dag.Spec.Id, ticks[0].ScheduledFor.ToDateTimeOffset(), ticks[^1].ScheduledFor.ToDateTimeOffset().AddSeconds(1), cancellation).ConfigureAwait(false);
        var plan = BackfillPlan.Make(ticks, runs, asked.Existing);
        asked = asked with { Total = plan.Total, MakesRuns = plan.Create > 0 };
        if (asked is { Tasks: null, Downstream: true })
            throw new RefusedException("--downstream says what else than a --task runs; give one, or leave it out");
        if (asked.NewestFirst && dag.Spec.Tasks.FirstOrDefault(task => task.DependsOnPast) is { } past)
            throw new RefusedException(
                $"the task '{past.Id}' of '{dag.Spec.Id}' depends on the run before, so the newest cannot go first. Leave --newest-first out");
        if (asked.Arguments is not null)
            RunArguments.Check(dag.Spec.Id, dag.Spec.Arguments, asked.Arguments);
        return new BackfillPreview(
            dag, asked, plan, BackfillTasks.Of(dag.Spec, asked), await console.RunTimesAsync(dag.Spec.Id, cancellation).ConfigureAwait(false),
            BackfillPlan.Policies.ToDictionary(policy => policy, policy => policy == asked.Existing ? plan : BackfillPlan.Make(ticks, runs, policy)));
    }

    /// <summary>The most slots of each pool that its runs can take, and whether a mapped task takes as many as there are.</summary>
    public IEnumerable<(string Pool, int Slots, bool Unbounded)> PoolSlots() =>
        from task in Dag.Spec.Tasks
        where task.Pool is not null && (Tasks is null || Tasks.Contains(task.Id))
        group task by task.Pool into pool
        select (pool.Key, Math.Min(Plan.Total, Asked.MaxActive) * pool.Sum(task => (task.PoolSlots ?? 1) * (task.MaxParallel ?? 1)), pool.Any(task => task is { Mapped: true, MaxParallel: null }));

    /// <summary>The command line that does the same.</summary>
    public static string CommandLine(NewBackfill asked)
    {
        var parts = new List<string> { $"pipelines backfill create {Quoted(asked.DagId)}", $"--from {asked.From:uuuu-MM-dd} --to {asked.To:uuuu-MM-dd}", $"--existing {asked.Existing} --max-active {asked.MaxActive}" };
        if (asked.NewestFirst)
            parts[^1] += " --newest-first";
        if (asked.Tasks is { } tasks)
            parts.Add(string.Join(' ', tasks.Select(task => $"--task {Quoted(task)}")) + (asked.Downstream ? " --downstream" : ""));
        if (asked.Version != "current")
            parts.Add($"--version {asked.Version}");
        if (asked.Arguments is { } arguments)
            parts.Add($"--arguments {Quoted(arguments)}");
        return string.Join(" \\\n  ", parts);
    }

    /// <summary>A word of a command line, in quotes where a shell needs them.</summary>
    public static string Quoted(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ':' or '=' or ',' or '+' or '@')
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
