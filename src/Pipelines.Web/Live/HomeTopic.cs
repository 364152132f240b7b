using Pipelines.Engine.Ports;

namespace Pipelines.Web.Live;

/// <summary>What runs, and which DAGs there are: for home and for lists.</summary>
internal sealed record HomeTopic : ChangeTopic
{
    protected override async Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation) => await console.PulseAsync(cancellation);
}
