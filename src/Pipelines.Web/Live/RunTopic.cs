using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Live;

/// <summary>A run, whatever its page shows of it.</summary>
internal sealed record RunTopic(long RunId) : ChangeTopic
{
    public override Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation) => sight.SeesAsync("run", RunId, cancellation);

    protected override Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation) => console.RunFingerprintAsync(RunId, cancellation);
}
