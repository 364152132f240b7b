using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Pipelines.Engine.Loading;

/// <summary>
/// Looks at a DAG assembly without loading it. The runtime's own errors for a wrong file say little, and a .NET Framework
/// assembly even loads without one and then shows no DAGs.
/// </summary>
internal static class AssemblyInspector
{
    private const string Sdk = "Pipelines.Sdk";

    /// <summary>What keeps the file from being loaded; null: nothing that can be seen from outside.</summary>
    /// <param name="path">The assembly.</param>
    /// <param name="hostFramework">The .NET version of this process.</param>
    /// <param name="hostVersion">The version of an assembly that DAGs share with this process.</param>
    public static Problem? Inspect(string path, Version hostFramework, Func<string, Version?> hostVersion)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length == 0)
            return new Problem("The file is empty.", "Copy the build's output folder again.", MayPass: true);
        if (NativeKind(file) is { } kind)
            return NotDotNet(kind);
        try
        {
            using var image = new PEReader(file);
            if (CutOff(image.PEHeaders, file.Length) is { } cutOff)
                return cutOff;
            return image.HasMetadata
                ? Inspect(image.GetMetadataReader(), hostFramework, hostVersion)
                : NotDotNet("a native Windows library");
        }
        catch (BadImageFormatException)
        {
            return new Problem(
                "The file is damaged, not copied completely, or not a .NET assembly.",
                "Build the DAG project and copy its output folder again.", MayPass: true);
        }
    }

    /// <summary>
    /// A library beside the DAG assembly that was not copied completely; null: none. The runtime would load it no sooner than a
    /// body needs it.
    /// </summary>
    public static Problem? InspectLibraries(string directory) =>
        Directory.EnumerateFiles(directory, "*.dll", SearchOption.AllDirectories).Select(InspectLibrary).FirstOrDefault(problem => problem is not null);

    /// <inheritdoc cref="Inspect(string, Version, Func{string, Version})"/>
    public static Problem? Inspect(string path) => Inspect(path, Environment.Version, SharedAssemblies.HostVersion);

    private static Problem? InspectLibrary(string path)
    {
        using var file = File.OpenRead(path);
        try
        {
            using var image = new PEReader(file);
            if (CutOff(image.PEHeaders, file.Length) is null)
                return null;
        }
        catch (BadImageFormatException)
        {
        }

        return new Problem(
            $"{Path.GetFileName(path)}, which lies beside it, is damaged or was not copied completely.", "Build the DAG project and copy its output folder again.", MayPass: true);
    }

    private static Problem? Inspect(MetadataReader metadata, Version hostFramework, Func<string, Version?> hostVersion)
    {
        var references = metadata.AssemblyReferences
            .Select(metadata.GetAssemblyReference)
            .Select(reference => (Name: metadata.GetString(reference.Name), reference.Version))
            .ToList();
        var onlyMscorlib = references.Any(r => r.Name == "mscorlib") && references.All(r => r.Name != "System.Runtime");
        if (WrongFramework(TargetFramework(metadata), onlyMscorlib, hostFramework) is { } wrong)
            return wrong;
        if (references.All(reference => reference.Name != Sdk))
            return new Problem(
                "No DAG can be inside: the assembly does not reference Pipelines.Sdk.",
                "If it is a DAG project, add the reference; if it is only a library, put it into the folder of the DAG that uses it.");
        foreach (var (name, version) in references)
        {
            if (SharedAssemblies.IsBorder(name) && hostVersion(name) is { } host && host < version)
                return new Problem(
                    $"It was built for {name} {version.ToString(3)}; this installation has {host.ToString(3)}.",
                    name == Sdk
                        ? "Update Pipelines, or build the DAG project with the older Pipelines.Sdk."
                        : $"Reference {name} {host.Major}.x or older in the DAG project.");
        }

        return null;
    }

    private static Problem? WrongFramework(string? target, bool onlyMscorlib, Version host)
    {
        var (family, number) = target?.Split(",Version=v") is [var left, var right] ? (left, right) : (null, null);
        _ = Version.TryParse(number, out var version);
        if (family == ".NETFramework" || (family is null && onlyMscorlib))
            return new Problem(
                $"It is built for .NET Framework{(version is null ? "" : $" {version}")}, which cannot run here.",
                $"Set <TargetFramework>net{host.Major}.0</TargetFramework> in the DAG project.");
        if (family == ".NETCoreApp" && version is not null && version.Major > host.Major)
            return new Problem(
                $"It is built for .NET {version}; this installation runs on .NET {host.ToString(2)}.",
                $"Set <TargetFramework>net{host.Major}.0</TargetFramework> in the DAG project, or run Pipelines on .NET {version}.");
        return null;
    }

    private static string? TargetFramework(MetadataReader metadata)
    {
        foreach (var handle in metadata.GetAssemblyDefinition().GetCustomAttributes())
        {
            var attribute = metadata.GetCustomAttribute(handle);
            if (attribute.Constructor.Kind != HandleKind.MemberReference)
                continue;
            var constructor = metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor);
            if (constructor.Parent.Kind != HandleKind.TypeReference)
                continue;
            var type = metadata.GetTypeReference((TypeReferenceHandle)constructor.Parent);
            if (!metadata.StringComparer.Equals(type.Name, "TargetFrameworkAttribute"))
                continue;
            var value = metadata.GetBlobReader(attribute.Value);
            value.ReadUInt16(); // the prolog of every attribute blob
            return value.ReadSerializedString();
        }

        return null;
    }

    private static Problem NotDotNet(string kind) =>
        new($"The file is {kind}, not a .NET assembly.", "Drop the .dll that 'dotnet build' makes of a DAG project.");

    private static Problem? CutOff(PEHeaders headers, long length)
    {
        var end = headers.SectionHeaders.Select(section => (long)section.PointerToRawData + section.SizeOfRawData).DefaultIfEmpty().Max();
        return end <= length
            ? null
            : new Problem($"The file is cut off: it has {length:N0} of {end:N0} bytes.", "Copy the build's output folder again.", MayPass: true);
    }

    private static string? NativeKind(FileStream file)
    {
        Span<byte> start = stackalloc byte[4];
        var read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return read < start.Length ? null
            : start.SequenceEqual<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F']) ? "a native Linux library"
            : start.SequenceEqual<byte>([0xcf, 0xfa, 0xed, 0xfe]) ? "a native macOS library"
            : null;
    }
}
