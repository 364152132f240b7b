using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Api;

/// <summary>The whole at a glance: what failed, what waits and why, whether all is well, and search.</summary>
internal static class Overview
{
    private const string Tag = "Overview";
    private const int MostShown = 1000;
    private const int Shown = 200;
    private const int MostHours = 720;
    private const int LongestText = 200;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/failures", ListFailures).Is(
            "listFailures", Tag, Role.Viewer, "Lists what needs somebody", "Tasks of runs that failed in the last 'hours', those of one task with one error together, the worst first.").IsPolled();
        api.MapGet("/queue", GetQueue).Is("getQueue", Tag, Role.Viewer, "Says what waits, and why", "Of each kind the first 'limit', 200 unless given. An account that is restricted sees its own DAGs' among them.").IsPolled();
        api.MapGet("/health", GetHealth).Is("getHealth", Tag, Role.Viewer, "Says whether all is well", "Whether schedulers keep up and workers take what is ready. For probes there are /health/live and /health/ready.");
        api.MapGet("/search", Search).Is("search", Tag, Role.Viewer, "Searches", "DAGs and tasks by a part of their name, a run by its number, errors of the last 30 days by a part of their text.");
    }

    private static async Task<Listing<FailureJson>> ListFailures(int? hours, IConsole console, CancellationToken cancellation)
    {
        if (hours is < 1 or > MostHours)
            throw ApiException.Wrong($"'hours' cannot be {hours}: it must be 1 to {MostHours}");
        var dags = (await console.DagLinesAsync(cancellation)).ToDictionary(dag => dag.Spec.Id, StringComparer.Ordinal);
        var failures = await console.FailuresAsync((await console.NowAsync(cancellation)).AddHours(-(hours ?? 24)), null, cancellation);
        return new([.. FailureGroup.Of(failures, dags).Select(FailureJson.Of)]);
    }

    private static async Task<QueueJson> GetQueue(int? limit, IConsole console, CancellationToken cancellation)
    {
        if (limit is < 1 or > MostShown)
            throw ApiException.Wrong($"'limit' cannot be {limit}: it must be 1 to {MostShown}");
        var most = limit ?? Shown;
        var workers = await console.WorkersAsync(cancellation);
        var (ready, inLine) = await console.QueueLengthAsync(cancellation);
        return new(
            ready, inLine, [.. (await console.QueueAsync(most, cancellation)).Select(row => QueuedInstanceJson.Of(row, workers))],
            [.. (await console.WaitingAsync(most, cancellation)).Select(WaitingInstanceJson.Of)], [.. (await console.QueuedRunsAsync(most, cancellation)).Select(QueuedRunsJson.Of)]);
    }

    private static async Task<HealthJson> GetHealth(IConsole console, CancellationToken cancellation) => HealthJson.Of(await HealthState.ReadAsync(console, cancellation));

    private static async Task<FoundJson> Search(string q, IConsole console, CancellationToken cancellation)
    {
        var text = q.Trim();
        return text.Length is 0 or > LongestText
            ? throw ApiException.Wrong($"'q' has {text.Length} characters: it must have 1 to {LongestText}")
            : FoundJson.Of(await Found.ReadAsync(console, text, await console.NowAsync(cancellation), cancellation));
    }
}
