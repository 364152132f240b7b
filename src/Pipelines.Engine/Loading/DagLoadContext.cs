using System.Reflection;
using System.Runtime.Loader;

namespace Pipelines.Engine.Loading;

/// <summary>
/// A collectible world for one bundle. It must not keep an <see cref="Assembly"/> of its own in a field: that cycle passes
/// through the runtime, and nothing would ever be unloaded.
/// </summary>
internal sealed class DagLoadContext(string assemblyPath) : AssemblyLoadContext(assemblyPath, isCollectible: true)
{
    private readonly AssemblyDependencyResolver _resolver = new(assemblyPath);

    protected override Assembly? Load(AssemblyName assemblyName) =>
        SharedAssemblies.Find(assemblyName)
        ?? (_resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null);

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
