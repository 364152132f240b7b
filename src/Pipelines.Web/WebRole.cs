using System.Net;
using System.Net.Sockets;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Web.Access;
using Pipelines.Web.Api;
using Pipelines.Web.Hosting;
using Pipelines.Web.Live;
using Pipelines.Web.Views;

namespace Pipelines.Web;

/// <summary>The role that serves the console.</summary>
public static class WebRole
{
    /// <summary>The console, ready to be started. StartAsync throws <see cref="PortInUseException"/>.</summary>
    public static WebApplication Build(WebOptions options, Backend backend)
    {
        // The content root must not be the current directory: from "/" a watch over it would take seconds to set up.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory, ApplicationName = typeof(WebRole).Assembly.GetName().Name, Args = [],
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Address, options.Port);
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None)    // a port in use is told by the exception, in one line
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);     // that the key ring is a folder of ours, readable by its owner
        var services = builder.Services;
        services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = Bind);
        services.AddSingleton(options).AddSingleton(backend).AddSingleton(backend.Access).AddSingleton(TimeProvider.System).AddSingleton<Throttle>();
        services.AddSingleton(new ScheduleCode(backend.Schedules));
        Guards.Add(services, options);
        services.AddSingleton<SideBar>().AddSingleton<Forecast>();
        services.AddSingleton<Metrics>().AddSingleton<LiveHub>().AddSingleton<HtmlEncoder>(PageEncoder.Instance);
        services.AddResponseCompression();
        ApiRoutes.AddServices(services);
        services.AddRazorPages(Routes.Add).AddApplicationPart(typeof(WebRole).Assembly);

        var app = builder.Build();
        app.UseMiddleware<HostCheck>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseResponseCompression();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = "/problem", SuppressDiagnosticsCallback = problem => problem.Exception is StoreUnavailableException or ForbiddenException or RefusedException,
        });
        app.UseStatusCodePagesWithReExecute("/missing");
        app.UseMiddleware<ApiProblems>();
        app.UseMiddleware<SignInCheck>();
        app.UseRouting();
        app.UseMiddleware<KnownQuery>();
        Assets.Map(app);
        Health.Map(app);
        Metrics.Map(app);
        Callbacks.Map(app);
        LiveEndpoint.Map(app);
        ApiRoutes.Map(app);
        app.MapRazorPages();
        return app;
    }

    /// <summary>Where a started console can be reached.</summary>
    public static Uri Address(WebApplication app)
    {
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        // All addresses are no address that a browser could open.
        return address.Host is "0.0.0.0" or "[::]" ? new UriBuilder(address) { Host = "localhost" }.Uri : address;
    }

    private static Socket Bind(EndPoint endpoint)
    {
        try
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            throw new PortInUseException(((IPEndPoint)endpoint).Port, e.SocketErrorCode == SocketError.AccessDenied);
        }
    }
}
