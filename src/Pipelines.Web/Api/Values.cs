using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>What running bodies tell.</summary>
internal static class Values
{
    private const string Tag = "Task instances";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/runs/{run:long}/tasks/{task}/values", List)
            .Is("listValues", Tag, Role.Viewer, "Lists what a task instance has told", "Its progress, its values by name, and the details of its last heartbeat: also while it runs, and when its worker is dead.").IsPolled();
        api.MapGet("/runs/{run:long}/progress", Progress).Is("listProgress", Tag, Role.Viewer, "Says how far the running tasks of a run are", "Those that have said so, at most 100.").IsPolled();
    }

    private static async Task<Listing<ValueJson>> List(long run, string task, int? map, IConsole console, CancellationToken cancellation) =>
        new([.. (await console.ValuesAsync((await Tasks.FindAsync(console, run, task, map, cancellation)).Key, cancellation)).Select(ValueJson.Of)]);

    private static async Task<Listing<ProgressJson>> Progress(long run, IConsole console, CancellationToken cancellation)
    {
        await Runs.FindAsync(console, run, cancellation);
        return new([.. (await console.ProgressAsync(run, ProgressRow.Most, cancellation)).Select(ProgressJson.Of)]);
    }
}
