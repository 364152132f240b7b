using System.Net;
using Pipelines.Web.Access;

namespace Pipelines.Web;

/// <summary>How the console is served.</summary>
/// <param name="Port">0 picks a free one.</param>
/// <param name="DropFolder">The watched folder, to name it where no DAG is loaded; null: not known here.</param>
public sealed record WebOptions(int Port, string? DropFolder)
{
    /// <summary>The address to listen on; the loopback address unless given.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The folder of the key ring that protects forms and secrets; processes that share one trust each other's. Null: keys that end with the process.</summary>
    public string? Keys { get; init; }

    /// <summary>The address at which people reach the console; besides it, localhost and the loopback addresses it is served under no name. Null: under these alone.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>A proxy whose word on who asks is taken; null: none.</summary>
    public ProxySignIn? Proxy { get; init; }
}

/// <summary>The console's port cannot be had: another program listens on it, or this account may not.</summary>
public sealed class PortInUseException(int port, bool denied = false)
    : Exception($"Port {port} {(denied ? "needs rights that this account has not" : "is in use by another program")}. "
        + "Give another one with --port, or 0 for any free one.")
{
    public int Port { get; } = port;
}
