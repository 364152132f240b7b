namespace Pipelines.Engine.Ports;

public partial interface IOperations
{
    /// <summary>Stores a signal of a run; when this returns, it is kept until somebody takes it. One of a key that the run has is the answer, and nothing is sent.</summary>
    Task<SentSignal> SendSignalAsync(long runId, NewSignal signal, Actor by, CancellationToken cancellation);

    /// <summary>Undoes what an ended run has done, the last first, where its tasks can; it ends cancelled. Returns how many tasks are undone.</summary>
    Task<int> UndoRunAsync(long runId, Actor by, CancellationToken cancellation);

    /// <summary>Approves or rejects what a task asks. Returns what it has come to: a while more people must approve, s approved, f rejected.</summary>
    Task<char> DecideAsync(NewDecision decision, Actor by, CancellationToken cancellation);
}

/// <summary>A signal to be sent.</summary>
/// <param name="Name">What the run waits for, or will.</param>
public sealed record NewSignal(string Name)
{
    /// <summary>JSON; null: nothing is sent with it.</summary>
    public string? Payload { get; init; }

    /// <summary>The sender's own name for it, up to 200 characters; null: it has none.</summary>
    public string? Key { get; init; }

    /// <summary>The W3C traceparent that it is sent in, for the trace of whoever takes it; one that is none is left out.</summary>
    public string? TraceParent { get; init; }
}

/// <param name="SignalId">Its number: those of a run are taken in their order.</param>
/// <param name="IsNew">False: the signal of this key was there already.</param>
public sealed record SentSignal(long SignalId, bool IsNew);

/// <summary>One person's answer.</summary>
/// <param name="RunId">The run.</param>
/// <param name="TaskId">The task that asks.</param>
/// <param name="Approves">Or rejects.</param>
public sealed record NewDecision(long RunId, string TaskId, bool Approves)
{
    /// <summary>The element of a mapped one; -1: it is not mapped.</summary>
    public int MapIndex { get; init; } = -1;

    /// <summary>JSON of the form, where the task has one.</summary>
    public string? Form { get; init; }

    /// <summary>When what they were shown was asked, to the microsecond: refused where it is asked anew since. Null: they decide whatever is asked now.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>Whether who decides is an administrator; whoever has the database is.</summary>
    public bool AsAdmin { get; init; } = true;
}
