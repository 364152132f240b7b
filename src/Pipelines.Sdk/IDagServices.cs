using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Pipelines;

/// <summary>
/// Registers the services that the DAGs of an assembly take in their constructors. One class an assembly, with a
/// parameterless constructor. Logging, <c>IHttpClientFactory</c>, <see cref="IConnections"/> and <see cref="IVariables"/> are there already.
/// </summary>
public interface IDagServices
{
    /// <summary>Adds services; called once each time the assembly is loaded.</summary>
    void Configure(IServiceCollection services, IConfiguration configuration);
}

/// <summary>The named connections that the operator configured.</summary>
public interface IConnections
{
    /// <summary>The connection string of that name.</summary>
    /// <exception cref="PipelinesException">There is none; the message says how to configure it.</exception>
    string this[string name] { get; }
}

/// <summary>The configured variables, registered for every assembly's services.</summary>
public interface IVariables
{
    /// <summary>The value of that name.</summary>
    /// <exception cref="PipelinesException">There is none; the message says how to configure it.</exception>
    string this[string name] { get; }
}
