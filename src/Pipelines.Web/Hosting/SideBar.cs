using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Hosting;

/// <summary>What the side bar counts, asked for at most every two seconds however many pages are opened.</summary>
internal sealed class SideBar(Backend backend, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(2);

    /// <summary>A tick that is handled so much later says that no scheduler works.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);

    private Task<SideCounts?>? _counts;
    private long _since;

    /// <summary>Null: nothing is known, for the database is not there.</summary>
    public async Task<SideCounts?> CountsAsync(HttpContext context)
    {
        // The page that tells of a lost database must not wait for it again.
        if (context.Features.Get<IExceptionHandlerFeature>() is not null)
            return null;
        // The counts are of all DAGs: who sees some only gets none.
        if (context.RequestServices.GetRequiredService<Sight>().Restricted)
            return null;
        if (_counts is not { } counts || time.GetElapsedTime(_since) > Kept)
        {
            _since = time.GetTimestamp();
            _counts = counts = ReadAsync();
        }

        return await counts;
    }

    /// <summary>How a side bar's entry is counted; null: it is not.</summary>
    public static (int Count, bool Bad)? Of(SideCounts? counts, string url) => (url, counts) switch
    {
        ("/dags", { } all) => (all.Dags, false),
        ("/backfills", { Backfills: > 0 } all) => (all.Backfills, false),
        ("/approvals", { Approvals: > 0 } all) => (all.Approvals, false),
        ("/errors", { ImportErrors: > 0 } all) => (all.ImportErrors, true),
        _ => null,
    };

    /// <summary>Whether ticks are handled in time, in words.</summary>
    public static (bool Ok, string Text, string More) Scheduler(SideCounts counts) =>
        counts.OldestDue is { } due && counts.Now - due > Late
            ? (false, "Scheduler is late", $"a tick is due for {Times.Length(counts.Now - due)}")
            : (true, "Scheduler on time", counts.OldestDue is { } next && next > counts.Now ? $"next tick {Times.Until(next, counts.Now)}" : counts.OldestDue is null ? "no tick to come" : "a tick is due now");

    private async Task<SideCounts?> ReadAsync()
    {
        try
        {
            return await backend.Console.SideCountsAsync(CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}
