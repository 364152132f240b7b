using Pipelines.Engine.Ports;

namespace Pipelines.Web.Live;

/// <summary>Something whose pages have no deltas: they are told that it has changed, and ask for their parts again.</summary>
internal abstract record ChangeTopic : Topic
{
    public sealed override async Task<View?> LookAsync(IConsole console, CancellationToken cancellation) =>
        await FingerprintAsync(console, cancellation) is { } fingerprint ? new ChangeView(fingerprint) : null;

    /// <summary>Differs whenever the pages would; cheap, for it is asked twice a second. Null: the thing is not there.</summary>
    protected abstract Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation);
}

internal sealed record ChangeView(string Fingerprint) : View(Fingerprint)
{
    public override IEnumerable<(string Type, object Data)> Since(View? earlier) => [("stale", new { })];
}
