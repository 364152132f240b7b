using System.Globalization;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Live;

/// <summary>The progress of a backfill.</summary>
internal sealed record BackfillTopic(long Id) : ChangeTopic
{
    public static string Fingerprint(BackfillRow row, IEnumerable<BackfillRun> running) => string.Create(CultureInfo.InvariantCulture,
        $"{row.State}{row.MaxActive}.{row.Total}.{row.Queued}.{row.Running}.{row.Succeeded}.{row.Failed}.{row.Cancelled}.{running.Sum(run => run.Ended)}");

    public override Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation) => sight.SeesAsync("backfill", Id, cancellation);

    protected override async Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation) =>
        await console.BackfillAsync(Id, cancellation) is { } row ? Fingerprint(row, await console.BackfillRunsAsync(Id, 'r', 200, cancellation)) : null;
}
