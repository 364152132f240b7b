using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Pipelines;

namespace SeattleWeather;

/// <summary>What the DAG takes in its constructor; both live as long as the assembly is loaded.</summary>
public sealed class SeattleWeatherServices : IDagServices
{
    /// <inheritdoc/>
    public void Configure(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(_ => WeatherFile.Shipped());
        services.AddSingleton<Warehouse>();
    }
}
