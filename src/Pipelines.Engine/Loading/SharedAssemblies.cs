using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.Loader;

namespace Pipelines.Engine.Loading;

/// <summary>
/// What a DAG assembly shares with the host; all else it brings itself. Types that cross the border must be the same on both
/// sides, and a private Npgsql keeps its load context alive for ever through its timers.
/// </summary>
internal static class SharedAssemblies
{
    /// <summary>What Pipelines.Sdk and the services the host provides expose.</summary>
    private static readonly FrozenSet<string> Border = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Pipelines.Sdk",
        "Microsoft.Extensions.Configuration.Abstractions",
        "Microsoft.Extensions.DependencyInjection.Abstractions",
        "Microsoft.Extensions.Diagnostics.Abstractions",
        "Microsoft.Extensions.Http",
        "Microsoft.Extensions.Logging",
        "Microsoft.Extensions.Logging.Abstractions",
        "Microsoft.Extensions.Options",
        "Microsoft.Extensions.Primitives");

    private const string Npgsql = "Npgsql";

    /// <summary>Where the host's own assemblies live, whatever started it.</summary>
    private static AssemblyLoadContext Host { get; } =
        AssemblyLoadContext.GetLoadContext(typeof(SharedAssemblies).Assembly) ?? AssemblyLoadContext.Default;

    public static bool IsBorder(string name) => Border.Contains(name);

    /// <summary>The host's assembly, by name alone; null: the folder's own copy is to be used.</summary>
    public static Assembly? Find(AssemblyName wanted)
    {
        if (wanted.Name is not { } name || !(IsBorder(name) || name.Equals(Npgsql, StringComparison.OrdinalIgnoreCase)))
            return null;
        if (OfHost(name) is not { } found)
            return null;
        // A border assembly that is too old was reported before loading. Npgsql's own promise is that older callers work.
        return IsBorder(name) || found.GetName().Version >= wanted.Version ? found : null;
    }

    /// <summary>The version of a border assembly in this host; null: the host does not have it.</summary>
    public static Version? HostVersion(string name) => OfHost(name)?.GetName().Version;

    private static Assembly? OfHost(string name)
    {
        try
        {
            return Host.LoadFromAssemblyName(new AssemblyName(name));
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException)
        {
            return null;
        }
    }
}
