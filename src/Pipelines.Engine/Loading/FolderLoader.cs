using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Loading;

/// <summary>Reads a dropped folder: packs it, loads its shadow copy, builds the graphs, and unloads it again.</summary>
internal sealed class FolderLoader(BundleCache cache, SpecBuilder specs, Action<IServiceCollection> hostServices, IConfiguration configuration)
{
    /// <summary>What the folder holds; null: just what it held when its content had the hash <paramref name="knownHash"/>.</summary>
    public LoadedFolder? Load(DagFolder folder, string source, string? knownHash)
    {
        try
        {
            if (Missing(folder) is { } missing)
                return LoadedFolder.Unusable(source, folder, missing);
            var bundle = cache.Pack(folder);
            if (bundle.Hash == knownHash)
                return null;
            var directory = cache.Unpack(bundle.Hash, bundle.Zip);
            if (AssemblyInspector.Inspect(Path.Combine(directory, folder.AssemblyFile)) is { } unfit)
                return LoadedFolder.Unusable(source, folder, unfit);
            var built = Build(directory, folder, source);
            return new LoadedFolder(source, bundle, built.Specs, OnePerDag(built.Errors), IsWhole: true, built.MayPass);
        }
        catch (BundleTooLargeException e)
        {
            return LoadedFolder.Unusable(
                source, folder, new Problem(e.Message, "Leave data files out of the folder: a DAG reads them from where they are kept."));
        }
        catch (Exception e)
        {
            return LoadedFolder.Unusable(source, folder, Problem.From(e, $"Loading {folder.AssemblyFile}"));
        }
    }

    // In a frame of its own: nothing of the plugin may be left on the stack when it is to be unloaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private BuiltSpecs Build(string directory, DagFolder folder, string source)
    {
        var assembly = TimeLimit.Run(
            specs.Limit, "IDagServices.Configure", () => LoadedAssembly.Load(directory, folder.Name, hostServices, configuration));
        try
        {
            assembly.LoadReferences();
            return specs.Build(assembly, source, folder.AssemblyFile);
        }
        finally
        {
            assembly.Retire();
        }
    }

    private static Problem? Missing(DagFolder folder)
    {
        if (File.Exists(Path.Combine(folder.Path, folder.AssemblyFile)))
            return null;
        const string Dependencies = ".deps.json";
        var named = Directory.EnumerateFiles(folder.Path, "*" + Dependencies)
            .Select(file => Path.GetFileName(file)[..^Dependencies.Length]).FirstOrDefault();
        return new Problem(
            $"There is no {folder.AssemblyFile} in the folder.",
            named is null
                ? "A DAG folder has the name of its assembly: copy the build's output folder here."
                : $"A DAG folder has the name of its assembly: rename the folder to '{named}', " +
                  $"or set <AssemblyName>{folder.Name}</AssemblyName> in the project.",
            MayPass: true);
    }

    // The console shows, and the store keeps, one error for a DAG: what is wrong with it, all of it.
    private static List<ImportError> OnePerDag(IReadOnlyList<ImportError> errors) =>
    [
        .. errors.GroupBy(error => error.DagId).Select(same => same.First() with
        {
            What = string.Join(" ", same.Select(error => error.What).Distinct()),
            Fix = string.Join(" ", same.Select(error => error.Fix).Distinct()),
        }),
    ];
}

/// <summary>What a folder held when it was read.</summary>
/// <param name="Source">Host and folder.</param>
/// <param name="Bundle">Null: it could not even be read.</param>
/// <param name="Specs">The DAGs to register.</param>
/// <param name="Errors">What is wrong with the others.</param>
/// <param name="IsWhole">False: nothing is known about which DAGs it has, so none may be retired.</param>
/// <param name="MayPass">An error may be gone at a second look.</param>
internal sealed record LoadedFolder(
    string Source, Bundle? Bundle, IReadOnlyList<DagSpec> Specs, IReadOnlyList<ImportError> Errors, bool IsWhole, bool MayPass)
{
    /// <summary>The DAGs it has, those with an error too: their previous version keeps serving.</summary>
    public IReadOnlyList<string> DagIds => [.. Specs.Select(spec => spec.Id).Concat(Errors.Select(error => error.DagId).OfType<string>()).Distinct()];

    public static LoadedFolder Unusable(string source, DagFolder folder, Problem problem) =>
        new(source, null, [], [problem.At(source, null, folder.AssemblyFile)], IsWhole: false, problem.MayPass);
}
