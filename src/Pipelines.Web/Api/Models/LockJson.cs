using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>A lock that a running task holds.</summary>
/// <param name="Lock">Its name.</param>
/// <param name="Token">Its fencing token: greater than that of everybody who has had it before.</param>
/// <param name="Dag">The DAG of who holds it.</param>
/// <param name="Run">The run.</param>
/// <param name="Task">The task.</param>
/// <param name="Map">Which element of a mapped task; null: it is not mapped.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Worker">Where that runs.</param>
/// <param name="Since">When it was taken.</param>
/// <param name="Until">When it ends unless it is renewed, as it is by itself.</param>
/// <param name="Waiting">How many wait for it.</param>
public sealed record LockJson(
    string Lock, long Token, string Dag, long Run, string Task, int? Map, short Attempt, string Worker, DateTimeOffset Since, DateTimeOffset Until, int Waiting)
{
    internal static LockJson Of(LockRow row) => new(
        row.Name, row.Token, row.DagId, row.RunId, row.TaskId, row.MapIndex < 0 ? null : row.MapIndex, row.Attempt, row.Worker, row.Since, row.Until, row.Waiting);

    internal LockRow Port => new(Lock, Token, Dag, Run, Task, Map ?? -1, Attempt, Worker, Since, Until, Waiting);
}
