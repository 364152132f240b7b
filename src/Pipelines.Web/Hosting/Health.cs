using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Hosting;

/// <summary>What a supervisor asks: is the process alive, and can it serve.</summary>
internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        routes.MapGet("/health/ready", async (Backend backend, TimeProvider time, CancellationToken cancellation) =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            try
            {
                var now = await backend.Console.NowAsync(limit.Token).WaitAsync(Patience, time, cancellation);
                return Results.Json(new { status = "ready", databaseTime = now });
            }
            catch (TimeoutException)
            {
                await limit.CancelAsync();
                return Unready("The database has not answered within 2 seconds.");
            }
            catch (StoreUnavailableException e)
            {
                return Unready(e.Message.ReplaceLineEndings(" "));
            }
        });
    }

    private static IResult Unready(string why) => Results.Json(new { status = "unready", why }, statusCode: StatusCodes.Status503ServiceUnavailable);
}
