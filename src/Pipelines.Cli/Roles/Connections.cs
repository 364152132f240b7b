namespace Pipelines.Cli.Roles;

/// <summary>The named connections: those that `up` made itself, and <c>PIPELINES_CONNECTION_NAME</c> variables, which win.</summary>
internal sealed class Connections(IReadOnlyDictionary<string, string> own) : IConnections
{
    public string this[string name]
    {
        get
        {
            var variable = $"PIPELINES_CONNECTION_{name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')}";
            return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } configured ? configured
                : own.TryGetValue(name, out var made) ? made
                : throw new FailTaskException($"There is no connection '{name}'. Set the variable {variable} where the worker runs to its connection string.");
        }
    }
}
