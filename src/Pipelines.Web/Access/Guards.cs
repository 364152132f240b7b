using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>Pages and the API get the store only through what the one who asks may read and do.</summary>
internal static class Guards
{
    /// <summary>Processes that share a key ring understand each other's forms and secrets.</summary>
    public const string Application = "Pipelines";

    public static void Add(IServiceCollection services, WebOptions options)
    {
        services.AddHttpContextAccessor().AddScoped<Visit>();
        services.AddScoped(provider => new Sight(provider.GetRequiredService<IAccess>(), Who(provider)));
        services.AddScoped<IConsole>(provider =>
        {
            var (backend, sight) = (provider.GetRequiredService<Backend>(), provider.GetRequiredService<Sight>());
            return sight.Restricted ? new GuardedConsole(backend.Console, sight) : backend.Console;
        });
        services.AddScoped<IOperations>(provider =>
            new GuardedOperations(provider.GetRequiredService<Backend>().Operations, Who(provider), provider.GetRequiredService<Sight>()));
        services.AddScoped<IAccounts>(provider => new GuardedAccounts(provider.GetRequiredService<IAccess>(), Who(provider), provider.GetRequiredService<Sight>()));
        services.AddScoped<IVault>(provider => new GuardedVault(
            new Vault(provider.GetRequiredService<Backend>().Settings, provider.GetRequiredService<KeyRing>), Who(provider), provider.GetRequiredService<Sight>()));
        services.AddSingleton<KeyRing>();
        services.AddAntiforgery(form => form.Cookie.Name = "pipelines-form");
        var keys = services.AddDataProtection().SetApplicationName(Application);
        if (options.Keys is { } folder)
            keys.PersistKeysToFileSystem(KeyRing.Make(folder));
        else
            keys.UseEphemeralDataProtectionProvider();
    }

    private static SignedIn? Who(IServiceProvider provider) => provider.GetRequiredService<IHttpContextAccessor>().HttpContext?.Features.Get<SignedIn>();
}
