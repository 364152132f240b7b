using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Web.Access;
using Pipelines.Web.Api.Document;

namespace Pipelines.Web.Api;

/// <summary>The REST API: everything below /api/v1.</summary>
internal static class ApiRoutes
{
    public const string Prefix = "/api/v1";

    public static void AddServices(IServiceCollection services)
    {
        services.AddSingleton<EventFeed>();
        services.ConfigureHttpJsonOptions(options => ApiJson.Configure(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);    // ApiProblems says where
        ApiDocument.AddServices(services);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup(Prefix);
        api.AddEndpointFilterFactory(KnownQuery.Filter);
        foreach (var status in (int[])[400, 401, 403, 404, 409, 422, 503])
            api.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ApiProblem), [ApiProblem.ContentType]));
        Dags.Map(api);
        Runs.Map(api);
        RunActions.Map(api);
        Tasks.Map(api);
        Logs.Map(api);
        Artefacts.Map(api);
        Backfills.Map(api);
        AssetUpdates.Map(api);
        Notifications.Map(api);
        Operate.Map(api);
        Overview.Map(api);
        Users.Map(api);
        Tokens.Map(api);
        Settings.Map(api);
        Events.Map(api);
        routes.MapOpenApi(Prefix + "/openapi.json").Needs(Role.Viewer);
    }

    /// <summary>Names an endpoint in the document and says who may call it.</summary>
    public static RouteHandlerBuilder Is(this RouteHandlerBuilder endpoint, string name, string tag, Role role, string summary, string? description = null) =>
        endpoint.WithName(name).WithTags(tag).WithSummary(summary).WithDescription(description ?? summary).Needs(role);
}
