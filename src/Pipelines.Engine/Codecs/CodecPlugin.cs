using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Codecs;

/// <summary>A codec of somebody else's, from an assembly with its .deps.json beside it.</summary>
public static class CodecPlugin
{
    /// <param name="path">The assembly.</param>
    /// <exception cref="RefusedException">It has no codec that can be made; the message says why.</exception>
    public static IPayloadCodec Load(string path)
    {
        var file = Path.GetFullPath(path);
        if (!File.Exists(file))
            throw new RefusedException($"there is no codec assembly at {file}. Put it there with its .deps.json, or correct PIPELINES_PAYLOAD_CODEC");
        if (AssemblyInspector.Inspect(file) is { } unfit)
            throw new RefusedException($"the codec assembly {file} cannot be loaded: {unfit.What} {unfit.Fix.TrimEnd('.')}");
        try
        {
            var types = new DagLoadContext(file).LoadFromAssemblyPath(file).GetTypes()
                .Where(type => type is { IsClass: true, IsAbstract: false, IsVisible: true } && typeof(IPayloadCodec).IsAssignableFrom(type)).ToList();
            return types is [var only]
                ? (IPayloadCodec)Activator.CreateInstance(only)!
                : throw new RefusedException($"the assembly {file} has {types.Count} public classes that implement Pipelines.IPayloadCodec; there must be one");
        }
        catch (Exception e) when (e is not RefusedException)
        {
            throw new RefusedException($"the codec of {file} cannot be made: {(e is System.Reflection.TargetInvocationException { InnerException: { } inner } ? inner : e).Message.TrimEnd('.')}");
        }
    }
}
