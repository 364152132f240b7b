using System.Globalization;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What a task that has not ended waits for, for people: the same on its page and in panels.</summary>
internal static class TaskWait
{
    /// <summary>Goes on after "waits" where it begins with "for"; null: it waits for nothing that is known.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="spec">The task; null: the run's version has it no more.</param>
    /// <param name="shown">The instance; null: its run has not started.</param>
    /// <param name="now">The database's time.</param>
    public static string? Of(RunSummary run, TaskSpec? spec, InstanceRow? shown, DateTimeOffset now) => shown switch
    {
        { State: TaskState.Scheduled, Unmet: > 0 } n => $"for {n.Unmet} of {n.Unmet + n.Ok + n.Failed + n.Skipped} upstream tasks",
        { State: TaskState.Scheduled, Key.MapIndex: >= 0 } => "for a place: the mapped task has a limit of its own",
        { State: TaskState.Queued } when spec?.Wait is not null => "for the scheduler, which lets it wait at its next pass",
        { State: TaskState.Queued } => spec?.Pool is { } pool ? $"for a worker and for a slot of the pool {pool}" : "for a worker",
        { State: TaskState.RetryWait, RetryAt: { } at } => $"tries again {Times.Until(at, now)}",
        { State: TaskState.NeedsApproval } => "asks people",
        { State: TaskState.Waiting } => Waiting(spec, shown, now),
        null when run.State == 'q' => "its run waits for a place",
        _ => null,
    };

    /// <summary>The address of what it asks people; null: it asks nothing.</summary>
    public static string? Question(InstanceRow? shown) =>
        shown is { State: TaskState.NeedsApproval } asks ? Links.Approval(asks.Key.RunId, asks.TaskId, asks.Key.MapIndex) : null;

    private static string Waiting(TaskSpec? spec, InstanceRow shown, DateTimeOffset now) => spec switch
    {
        { Mapped: true } when shown.Key.MapIndex < 0 => "for its elements",
        { Wait: { } wait } => wait.Kind switch
        {
            WaitKind.Signal => string.Create(CultureInfo.InvariantCulture, $"for the signal {wait.Signal}: pipelines runs signal {shown.Key.RunId} {CommandText.Word(wait.Signal ?? "")}"),
            WaitKind.Run => $"for the run of {wait.Dag} that it has started",
            WaitKind.Dag => $"for runs of {wait.Dag}",
            _ => "for a time" + (shown.RetryAt is { } at && at > now ? $", which comes {Times.Until(at, now)}" : ""),
        },
        { Role: TaskRole.Undo } when shown.FirstStartedAt is null => "for its turn: what was done last is undone first",
        _ when shown.FirstStartedAt is null => "for the same task in the run before",
        { Poll: not null } => "for its next poll" + (shown.RetryAt is { } next ? $", {Times.Until(next, now)}" : ""),
        _ => "its body waits, and holds no slot",
    };
}
