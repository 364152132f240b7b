using NodaTime;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Commands;

/// <summary>What the scheduler makes of a DAG once it is not paused: decided by the scheduler's own rule, on what it would decide from.</summary>
/// <param name="Missed">Moments that have passed without a decision; of none, some or all a run is made.</param>
/// <param name="Make">The runs that are made at once.</param>
/// <param name="Next">The first moment after those; null: none is known.</param>
internal sealed record PausePreview(DueDag Dag, int Missed, IReadOnlyList<PlannedRun> Make, Instant? Next)
{
    /// <summary>More are not counted: they would be made in batches all the same.</summary>
    private const int Most = 100_000;

    public PausePreviewView View => new(
        JsonName(Dag.Spec.Catchup), Missed, Make.Count, Moment(Make.Count > 0 ? Make[0].ScheduledFor : null), Moment(Make.Count > 0 ? Make[^1].ScheduledFor : null), Moment(Next));

    public static async Task<PausePreview> LoadAsync(Session session, string dagId)
    {
        var dag = await session.Console.SchedulingAsync(dagId, session.Cancellation) ?? throw new CommandException($"there is no DAG '{dagId}'");
        var custom = await session.Schedules.LoadAsync(RunPlan.CustomVersions(dag));
        // What is not due yet is not looked at by the scheduler either.
        if (dag.NextDue > dag.Now)
            return new PausePreview(dag, 0, [], dag.NextDue == Instant.MaxValue ? null : dag.NextDue);
        var plan = RunPlan.Decide(dag, custom, Most);
        var all = RunPlan.Decide(dag with { Spec = dag.Spec with { Catchup = Catchup.All } }, custom, Most);
        return new PausePreview(dag, all.Create.Count, plan.Create, plan.NextDue);
    }

    /// <summary>What follows when it is resumed now.</summary>
    public string OnResume()
    {
        if (ScheduleOf.Named(Dag.Spec) is not { } schedule)
            return "it has no schedule and runs when started.";
        var then = Next is { } next ? $" The next is due {Text.Time(next.ToDateTimeOffset())}." : "";
        if (schedule.Kind == ScheduleKind.Continuous)
            return Make.Count > 0 ? "its next run is made at once." : Dag.Open ? "its next run is made when the open one has ended." : $"no run is made now.{then}";
        if (schedule.Kind == ScheduleKind.Once && Make.Count == 0 && Next is null)
            return "its one run was made already.";
        if (Missed == 0)
            return Next is { } due ? $"its next run is due {Text.Time(due.ToDateTimeOffset())}." : "no tick is to come.";
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(Dag.Spec.TimeZone) ?? DateTimeZone.Utc;
        var passed = Missed >= Most ? $"{Text.Count(Missed, "tick")} or more have" : Missed == 1 ? "1 tick has" : $"{Text.Count(Missed, "tick")} have";
        var what = Make.Count switch
        {
            0 => "none gets a run; `pipelines backfill create` makes them",
            1 => $"1 run is made, scheduled for {Text.Local(Make[0].ScheduledFor, zone)}",
            var many => $"{Text.Count(many, "run")} are made, the first scheduled for {Text.Local(Make[0].ScheduledFor, zone)}, the last for {Text.Local(Make[^1].ScheduledFor, zone)}",
        };
        return $"{passed} passed, and by Catchup.{Dag.Spec.Catchup} {what}.{then}";
    }

    private static DateTimeOffset? Moment(Instant? at) => at?.ToDateTimeOffset();

    private static string JsonName(Catchup catchup) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(catchup.ToString());
}

/// <summary>What a resume makes; <paramref name="Missed"/> counts what passed without a decision.</summary>
internal sealed record PausePreviewView(string Catchup, int Missed, int Make, DateTimeOffset? First, DateTimeOffset? Last, DateTimeOffset? Next);
