using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

internal static class AttemptShape
{
    /// <summary>How the output of the attempt's task is encoded. Where it becomes the arguments of other DAGs' runs, those say what must stay plain, and may have changed since the graph was made.</summary>
    public static async Task<PayloadShape> ShapeAsync(this RunningAttempt attempt, IWorkerStore store, Payloads payloads)
    {
        var shape = attempt.Shape;
        if (!payloads.Encodes || shape.IsPlain || shape.StartsRunsOf.Count == 0)
            return shape;
        var keys = await Patience.UntilThereAsync(() => store.LoadKeyArgumentsAsync(shape.StartsRunsOf, CancellationToken.None), TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        return shape with { PlainFields = [.. shape.PlainFields, .. keys] };
    }
}
