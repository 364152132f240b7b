namespace Pipelines.Engine.Ports;

/// <summary>A run that a body starts.</summary>
/// <param name="DagId">Of which DAG.</param>
/// <param name="Name">Tells it from the others that the instance starts.</param>
/// <param name="Arguments">JSON; null: none.</param>
/// <param name="Closes">It is cancelled when the instance or its run ends before it.</param>
/// <param name="TraceParent">The span that it is a part of; null: its parent's run.</param>
public sealed record NewChild(string DagId, string Name, string? Arguments, bool Closes, string? TraceParent);

/// <summary>How far a started run has come.</summary>
/// <param name="RunId">Its number, or of the last that goes on from it.</param>
/// <param name="State">Its state.</param>
/// <param name="Output">UTF-8 JSON of the task that was asked for; null: none was, or it has none.</param>
/// <param name="NoOutput">Why it has none.</param>
public sealed record ChildRun(long RunId, char State, byte[]? Output, string? NoOutput);

/// <summary>What bodies that start runs ask of the store.</summary>
public interface IChildStore
{
    /// <summary>Starts a run, or finds the one that the instance has started under this name.</summary>
    /// <exception cref="RefusedException">There is no such DAG, it does not take the arguments, its key is taken, or too many runs have started one another.</exception>
    /// <exception cref="OperationCanceledException">The attempt is not this worker's any more.</exception>
    Task<long> StartChildAsync(int workerId, InstanceKey key, short attempt, NewChild child, CancellationToken cancellation);

    /// <summary>How far it has come; null: it has been deleted.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="result">The task whose output is wanted.</param>
    /// <param name="cancellation">The attempt's.</param>
    Task<ChildRun?> ReadChildAsync(long runId, string? result, CancellationToken cancellation);

    /// <summary>Cancels a run that is still open, if the instance has started it and it is not to outlive it.</summary>
    Task StopChildAsync(long parentId, long runId, string why, CancellationToken cancellation);
}
