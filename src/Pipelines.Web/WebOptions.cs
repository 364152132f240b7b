namespace Pipelines.Web;

/// <summary>How the console is served.</summary>
/// <param name="Port">On the loopback address; 0 picks a free one.</param>
/// <param name="AllowedHosts">Names, without port, under which it may be asked for besides localhost and the loopback addresses.</param>
/// <param name="DropFolder">The watched folder, to name it where no DAG is loaded; null: not known here.</param>
public sealed record WebOptions(int Port, IReadOnlyList<string> AllowedHosts, string? DropFolder);

/// <summary>Another program listens on the console's port.</summary>
public sealed class PortInUseException(int port)
    : Exception($"Port {port} is in use by another program. Give another one with --port, or 0 for any free one.")
{
    public int Port { get; } = port;
}
