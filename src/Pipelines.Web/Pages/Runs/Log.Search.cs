using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

public sealed partial class LogPageModel
{
    /// <summary>More numbers than this are counted and not told: nobody goes through them one by one.</summary>
    private const int MostTold = 10_000;

    /// <summary>The next or previous hit or failure; past the last one it is the first again.</summary>
    private async Task<int?> FindAsync(LogAsked asked, CancellationToken cancellation)
    {
        if (asked.Find == "error")
        {
            return asked.Before is { } below
                ? await Finder.PreviousErrorAsync(below, cancellation) ?? await Finder.PreviousErrorAsync(int.MaxValue, cancellation)
                : await Finder.NextErrorAsync(asked.After ?? 0, cancellation) ?? await Finder.NextErrorAsync(0, cancellation);
        }

        if (Pattern is not { } pattern)
            return null;
        if (asked.Before is { } before)
            return await Finder.PreviousAsync(pattern, before, cancellation) ?? await Finder.PreviousAsync(pattern, int.MaxValue, cancellation);
        var found = await Finder.NextAsync(pattern, Math.Max(0, asked.After ?? 0), cancellation);
        return found is null && asked.After > 0 ? await Finder.NextAsync(pattern, 0, cancellation) : found;
    }

    /// <summary>All hits as server-sent events, each step's as soon as it is known.</summary>
    private async Task<IActionResult> HitsAsync(CancellationToken cancellation)
    {
        Response.ContentType = "text/event-stream";
        if (Pattern is null)
        {
            await TellAsync("done", new { count = 0, to = 0, late = false });
            return new EmptyResult();
        }

        var (count, to, late) = (0, 0, false);
        await foreach (var hits in Finder.HitsAsync(Pattern, 1, cancellation))
        {
            var told = hits.Lines.Take(Math.Max(0, MostTold - count)).ToArray();
            (count, to, late) = (count + hits.Lines.Count, hits.To, hits.Late);
            await TellAsync("hits", new { lines = told, count, to });
        }

        await TellAsync("done", new { count, to, late });
        return new EmptyResult();

        async Task TellAsync(string name, object data)
        {
            await Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"event: {name}\ndata: {JsonSerializer.Serialize(data, JsonSerializerOptions.Web)}\n\n"), cancellation);
            await Response.Body.FlushAsync(cancellation);
        }
    }
}
