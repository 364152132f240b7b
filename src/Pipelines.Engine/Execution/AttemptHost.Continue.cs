using Pipelines.Engine.Codecs;

namespace Pipelines.Engine.Execution;

/// <content>What becomes of the run after its end.</content>
internal sealed partial class AttemptHost
{
    public Task ContinueAsync(byte[] arguments, CancellationToken cancellation) => steps.ContinueAsync(Continuation.Check(spec, arguments), PayloadShape.OfArguments(spec), cancellation);
}
