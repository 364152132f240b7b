using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Live;

/// <summary>What runs, and which DAGs there are: for home and for lists.</summary>
internal sealed record HomeTopic : ChangeTopic
{
    /// <summary>It only says that something has changed.</summary>
    public override Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation) => Task.FromResult(true);

    protected override async Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation) => await console.PulseAsync(cancellation);
}
