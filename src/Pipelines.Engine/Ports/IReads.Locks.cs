namespace Pipelines.Engine.Ports;

public partial interface IReads
{
    /// <summary>The locks that running attempts hold, the longest lines first.</summary>
    Task<IReadOnlyList<LockRow>> LocksAsync(int limit, CancellationToken cancellation);
}

/// <summary>A lock that an attempt holds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Token">Its fencing token.</param>
/// <param name="DagId">Whose.</param>
/// <param name="RunId">Whose.</param>
/// <param name="TaskId">Whose.</param>
/// <param name="MapIndex">Which element; -1: the task is not mapped.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Worker">Where it runs.</param>
/// <param name="Since">When it was taken.</param>
/// <param name="Until">When it ends unless it is renewed.</param>
/// <param name="Waiting">How many wait for it.</param>
public sealed record LockRow(
    string Name, long Token, string DagId, long RunId, string TaskId, int MapIndex, short Attempt, string Worker, DateTimeOffset Since, DateTimeOffset Until, int Waiting)
{
    /// <summary>More are not listed.</summary>
    public const int Most = 1000;
}
