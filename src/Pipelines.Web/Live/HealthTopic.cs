using System.Globalization;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Live;

/// <summary>The page of health: <c>?watch=health</c>. Nothing tells that a table grew or a tick is late, so it is looked at again after a while.</summary>
internal sealed record HealthTopic : ChangeTopic
{
    private const int Seconds = 10;

    public override Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation) => Task.FromResult(true);

    protected override async Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation) =>
        ((await console.NowAsync(cancellation)).ToUnixTimeSeconds() / Seconds).ToString(CultureInfo.InvariantCulture);
}
