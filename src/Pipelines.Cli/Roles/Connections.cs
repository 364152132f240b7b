using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Roles;

/// <summary>The named connections: <c>PIPELINES_CONNECTION_NAME</c> variables of this process win, then what people keep in the store, then those that `up` made itself.</summary>
internal sealed class Connections(IReadOnlyDictionary<string, string> own, StoredSettings? stored = null) : IConnections
{
    public string this[string name]
    {
        get
        {
            var variable = EnvironmentName.Of("CONNECTION", name);
            var connection = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } configured ? configured
                : stored?.Find(SettingKind.Connection, name) ?? (own.TryGetValue(name, out var made) ? made
                : throw new FailTaskException($"There is no connection '{name}'. Set it on the console's Connections page, with `pipelines connections set {name}`, or in the variable {variable} where the worker runs."));
            Mask.AddOfConnection(connection);
            return connection;
        }
    }
}

/// <summary>The named variables: those of this process, whose names begin with <c>PIPELINES_VARIABLE_</c>, then what people keep in the store.</summary>
internal sealed class Variables(StoredSettings? stored = null) : IVariables
{
    public string this[string name]
    {
        get
        {
            var variable = EnvironmentName.Of("VARIABLE", name);
            return (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } configured ? configured : stored?.Find(SettingKind.Variable, name))
                ?? throw new FailTaskException($"There is no variable '{name}'. Set it on the console's Variables page, with `pipelines variables set {name}`, or in the variable {variable} where the worker runs.");
        }
    }
}

/// <summary>How the environment spells a name.</summary>
internal static class EnvironmentName
{
    public static string Of(string kind, string name) => $"PIPELINES_{kind}_{name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')}";
}
