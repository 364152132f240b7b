using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views.Gantt;

/// <summary>What a stretch of a task's time was.</summary>
internal enum BarKind
{
    Attempt,
    Queued,
    RetryWait,
    Waiting,

    /// <summary>A mapped task as a whole, or a group.</summary>
    Whole,
}

/// <summary>A stretch of a task's time.</summary>
/// <param name="State">Of an attempt: how it ended, or r while it runs.</param>
/// <param name="Live">It goes on.</param>
internal sealed record GanttBar(BarKind Kind, char State, short Attempt, DateTimeOffset From, DateTimeOffset To, bool Live, string? Why = null)
{
    public string Title => Kind switch
    {
        BarKind.Attempt => $"attempt {Attempt}, {TaskState.Word(State)}{(State == TaskState.Removed ? ": it does not count" : "")}, {Times.Length(To - From)}{(Why is null ? "" : $": {Why}")}",
        BarKind.Queued => $"queued for {Times.Length(To - From)}",
        BarKind.RetryWait => $"waited {Times.Length(To - From)} to be tried again",
        BarKind.Waiting => $"waited for {Times.Length(To - From)} without a slot",
        _ => Times.Length(To - From),
    };

    /// <summary>From what happened to one task, oldest first.</summary>
    /// <param name="moves">Its changes of state.</param>
    /// <param name="row">It as it is now.</param>
    /// <param name="runStarted">Since when the first tasks of its run are queued.</param>
    /// <param name="now">How far a state that goes on is drawn.</param>
    public static List<GanttBar> Of(IReadOnlyList<StateMove> moves, InstanceRow row, DateTimeOffset? runStarted, DateTimeOffset now)
    {
        var bars = new List<GanttBar>();
        if (!moves.Any(move => move.To == TaskState.Running))
        {
            // Its history is past retention: of the last attempt the instance knows itself.
            if (row is { StartedAt: { } started, Attempt: > 0 })
                bars.Add(new(BarKind.Attempt, row.State, row.Attempt, started, row.FinishedAt ?? now, row.FinishedAt is null));
            if (moves.Count == 0)
                return bars;
        }

        (char State, DateTimeOffset Since, short Attempt) at = ('n', moves[0].At, 0);
        foreach (var move in moves)
        {
            // That a task became ready is not always told by itself.
            if (move.From == TaskState.Queued && at.State != TaskState.Queued
                && (row.QueuedAt is { } queued && queued <= move.At && queued >= at.Since ? queued : at.Attempt == 0 && bars.Count == 0 ? runStarted : null) is { } since && since <= move.At)
                at = (TaskState.Queued, since, move.Attempt);
            Add(bars, at.State, at.Attempt, at.Since, move.At, move.To, move.Why);
            at = (move.To, move.At, move.Attempt);
        }

        if (!TaskState.Ended(at.State))
            Add(bars, at.State, at.Attempt, at.Since, now, null, null);
        return bars;
    }

    private static void Add(List<GanttBar> bars, char state, short attempt, DateTimeOffset from, DateTimeOffset to, char? next, string? why)
    {
        BarKind? kind = state switch
        {
            TaskState.Running => BarKind.Attempt,
            TaskState.Queued => BarKind.Queued,
            TaskState.RetryWait => BarKind.RetryWait,
            TaskState.Waiting or TaskState.NeedsApproval => BarKind.Waiting,
            _ => null,
        };
        if (kind is { } drawn && to >= from)
            bars.Add(new(drawn, drawn == BarKind.Attempt ? EndedAs(next) : state, attempt, from, to, next is null, why));
    }

    /// <summary>One that failed and is tried again is a failure; one that was lost, given back or cleared counts for nothing.</summary>
    private static char EndedAs(char? next) => next switch
    {
        null => TaskState.Running,
        TaskState.RetryWait => TaskState.Failed,
        TaskState.Waiting or TaskState.NeedsApproval => TaskState.Running,
        TaskState.Succeeded or TaskState.Failed or TaskState.Skipped or TaskState.Cancelled => next.Value,
        _ => TaskState.Removed,
    };
}
