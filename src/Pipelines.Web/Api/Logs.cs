using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Api;

/// <summary>Logs of attempts: windows of lines, and the whole as text.</summary>
internal static class Logs
{
    private const string Tag = "Logs and artefacts";
    private const int Step = 2000;
    private const int MostLines = 10_000;
    private const int DefaultLines = 400;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/runs/{run:long}/tasks/{task}/logs", Get).Is(
            "getLog", Tag, Role.Viewer, "Reads lines of a log", "Of the latest attempt, or of 'attempt'. 'lines' of 0 answers with the counts alone. To follow a log, ask again from the line after the last.").IsPolled();
        api.MapGet("/runs/{run:long}/tasks/{task}/logs/raw", GetRaw).Is("downloadLog", Tag, Role.Viewer, "Downloads a log as text", "A line a line: time, level, text.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
    }

    private static async Task<LogJson> Get(long run, string task, int? map, short? attempt, int? from, int? lines, IConsole console, CancellationToken cancellation)
    {
        if (from is < 1)
            throw ApiException.Wrong($"'from' cannot be {from}: the first line is 1");
        if (lines is < 0 or > MostLines)
            throw ApiException.Wrong($"'lines' cannot be {lines}: it must be 0 to {MostLines}");
        var instance = await Tasks.FindAsync(console, run, task, map, cancellation);
        var shown = Attempt(instance, attempt);
        return LogJson.Of(shown, await console.LogAsync(instance.Key, shown, from ?? 1, lines ?? DefaultLines, cancellation));
    }

    private static async Task<IResult> GetRaw(long run, string task, int? map, short? attempt, IConsole console, CancellationToken cancellation)
    {
        var instance = await Tasks.FindAsync(console, run, task, map, cancellation);
        var shown = Attempt(instance, attempt);
        var name = string.Create(CultureInfo.InvariantCulture, $"{run}-{task}{(map is null ? "" : $"-{map}")}-{shown}.log");
        return Results.Stream(
            async body =>
            {
                for (var next = 1; ; next += Step)
                {
                    var page = await console.LogAsync(instance.Key, shown, next, Step, cancellation);
                    var text = new StringBuilder();
                    foreach (var line in page.Lines)
                        text.Append(CultureInfo.InvariantCulture, $"{Times.Iso(line.At)} {LogText.Word(line.Level)} {line.Text}\n");
                    await body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellation);
                    if (next + Step > page.TotalLines)
                        return;
                }
            },
            "text/plain; charset=utf-8", name);
    }

    private static short Attempt(InstanceRow instance, short? attempt) => attempt switch
    {
        null => instance.Attempt,
        >= 0 when attempt <= instance.Attempt => attempt.Value,
        _ => throw ApiException.Missing($"the task '{instance.TaskId}' of run {instance.Key.RunId} has no attempt {attempt}; the latest is {instance.Attempt}"),
    };
}
