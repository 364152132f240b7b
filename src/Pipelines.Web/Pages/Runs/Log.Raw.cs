using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

public sealed partial class LogPageModel
{
    private const int RawStep = 24;

    /// <summary>The log as text, streamed: of the level and with the hits that the address asks for, as the task wrote it.</summary>
    private async Task<IActionResult> RawAsync(string view, LineRange? range, CancellationToken cancellation)
    {
        Response.ContentType = view == "gz" ? "application/gzip" : "text/plain; charset=utf-8";
        if (view != "raw")
        {
            var name = string.Concat(View.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '_'));
            Response.Headers.ContentDisposition = string.Create(
                CultureInfo.InvariantCulture, $"attachment; filename=\"run-{View.RunId}-{name}-{Attempt}.log{(view == "gz" ? ".gz" : "")}\"");
        }

        if (view == "gz")
        {
            await using var packed = new GZipStream(Response.Body, CompressionLevel.Fastest, leaveOpen: true);
            await WriteAsync(packed, range, cancellation);
        }
        else
        {
            await WriteAsync(Response.Body, range, cancellation);
        }

        return new EmptyResult();
    }

    private async Task WriteAsync(Stream to, LineRange? range, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var end = range is { To: < int.MaxValue } last ? last.To + 1 : int.MaxValue;
        for (var line = range?.From ?? 1; line < end;)
        {
            var blocks = await Store.LogBlocksAsync(Log, Query.Show, line, backward: false, RawStep, cancellation);
            foreach (var block in blocks.Where(block => block.FirstLine < end))
            {
                text.Clear();
                HashSet<int>? hits = null;
                if (Pattern is { } pattern)
                {
                    var found = new List<int>();
                    LogScan.Hits(block, pattern, Query.Show, time, found);
                    hits = [.. found];
                }

                foreach (var one in LogBody.Lines(block.FirstLine, block.Body, line, end, Query.Show).Where(one => hits?.Contains(one.Number) != false))
                    text.Append(CultureInfo.InvariantCulture, $"{Times.Iso(one.At)} {LogText.Word(one.Level)} {one.Text}\n");
                await to.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellation);
            }

            if (blocks.Count < RawStep)
                return;
            line = blocks[^1].FirstLine + Math.Max(1, blocks[^1].Lines);
        }
    }
}
