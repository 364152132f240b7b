using Pipelines.Engine.Ports;

namespace Pipelines.Web.Live;

/// <summary>A run, whatever its page shows of it.</summary>
internal sealed record RunTopic(long RunId) : ChangeTopic
{
    protected override Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation) => console.RunFingerprintAsync(RunId, cancellation);
}
