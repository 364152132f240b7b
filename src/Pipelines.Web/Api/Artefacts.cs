using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Files that tasks kept.</summary>
internal static class Artefacts
{
    private const string Tag = "Logs and artefacts";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/runs/{run:long}/tasks/{task}/artefacts", List).Is("listArtefacts", Tag, Role.Viewer, "Lists the files that a task instance kept");
        api.MapGet("/runs/{run:long}/tasks/{task}/artefacts/{**name}", Get).Is("downloadArtefact", Tag, Role.Viewer, "Downloads a file that a task instance kept")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream");
    }

    private static async Task<Listing<ArtefactJson>> List(long run, string task, int? map, IConsole console, CancellationToken cancellation) =>
        new([.. (await console.ArtefactsAsync((await Tasks.FindAsync(console, run, task, map, cancellation)).Key, cancellation)).Select(ArtefactJson.Of)]);

    /// <summary>It is a stranger's file: it is never shown in place, whatever it says that it is.</summary>
    private static async Task<IResult> Get(long run, string task, string name, int? map, IConsole console, HttpContext context, CancellationToken cancellation)
    {
        var instance = await Tasks.FindAsync(console, run, task, map, cancellation);
        if (await console.ArtefactAsync(instance.Key, name, cancellation) is not var (type, content))
            throw ApiException.Missing($"the task '{task}' of run {run} has no artefact '{name}'");
        context.Response.Headers["X-Artefact-Content-Type"] = new string([.. type.Where(letter => letter is >= ' ' and < '\u007f')]);
        return Results.File(content, "application/octet-stream", name.Split('/')[^1]);
    }
}
