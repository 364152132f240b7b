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
        services.ConfigureHttpJsonOptions(options => ApiJson.ConfigureServer(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);    // ApiProblems says where
        ApiDocument.AddServices(services);
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = new Once(app);
        var api = routes.MapGroup(Prefix);
        foreach (var status in (int[])[400, 401, 403, 404, 409, 422, 503])
            api.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ApiProblem), [ApiProblem.ContentType]));
        Dags.Map(api);
        Runs.Map(api);
        RunActions.Map(api);
        ManyRuns.Map(api);
        Tasks.Map(api);
        Values.Map(api);
        Signals.Map(api);
        Logs.Map(api);
        Artefacts.Map(api);
        Backfills.Map(api);
        AssetUpdates.Map(api);
        Notifications.Map(api);
        Operate.Map(api);
        Queues.Map(api);
        Overview.Map(api);
        Users.Map(api);
        Tokens.Map(api);
        Settings.Map(api);
        Events.Map(api);
        routes.MapOpenApi(Prefix + "/openapi.json").Needs(Role.Viewer);
        app.DataSources.Add(new DefaultEndpointDataSource(routes.DataSources.SelectMany(source => source.Endpoints)));
    }

    /// <summary>Names an endpoint in the document and says who may call it.</summary>
    public static RouteHandlerBuilder Is(this RouteHandlerBuilder endpoint, string name, string tag, Role role, string summary, string? description = null) =>
        endpoint.WithName(name).WithTags(tag).WithSummary(summary).WithDescription(description ?? summary).Needs(role);

    /// <summary>Compiles each handler once; whoever asks a group for its endpoints compiles them all again, and routing asks more than once.</summary>
    private sealed class Once(IEndpointRouteBuilder app) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => app.ServiceProvider;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => app.CreateApplicationBuilder();
    }
}
