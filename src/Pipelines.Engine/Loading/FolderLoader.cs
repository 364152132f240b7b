using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Loading;

/// <summary>Reads a dropped folder: packs it, loads its shadow copy, builds the graphs, and unloads it again.</summary>
internal sealed class FolderLoader(
    BundleCache cache, SpecBuilder specs, Action<IServiceCollection> hostServices, IConfiguration configuration, UnloadWatch unloads)
{
    private const int MaxTries = 2;
    private readonly DeathMarks _deaths = new(cache.Root);

    /// <summary>By folder: what is wrong with it and may pass, and how often it was tried in this state.</summary>
    private readonly Dictionary<string, Tried> _tried = new(StringComparer.Ordinal);

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
            // Each try of code that hangs may leave a thread behind: a second one tells it from a machine that stood still, and
            // after that only a change of the folder is a reason to run it again.
            var fingerprint = folder.Fingerprint();
            var tried = _tried.GetValueOrDefault(source) is { } known && known.Fingerprint == fingerprint ? known : new Tried(fingerprint, 0, null);
            if (tried.Tries == MaxTries)
                return tried.Told! with { MayPass = false };
            var loaded = Load(folder, source, bundle);
            if (loaded.MayPass)
                _tried[source] = new Tried(fingerprint, tried.Tries + 1, loaded);
            else
                _tried.Remove(source);
            return loaded;
        }
        catch (BundleTooLargeException e)
        {
            return LoadedFolder.Unusable(
                source, folder, new Problem(e.Message, "Leave data files out of the folder: a DAG reads them from where they are kept."));
        }
        catch (Exception e)
        {
            return LoadedFolder.Unusable(source, folder, Problem.From(e, $"Reading {folder.Name}"));
        }
    }

    private LoadedFolder Load(DagFolder folder, string source, Bundle bundle)
    {
        var hold = cache.Hold(bundle.Hash);
        var isFollowed = false;
        try
        {
            var directory = cache.Unpack(bundle.Hash, bundle.Zip);
            if ((AssemblyInspector.Inspect(Path.Combine(directory, folder.AssemblyFile)) ?? AssemblyInspector.InspectLibraries(directory)) is { } unfit)
                return LoadedFolder.Unusable(source, folder, unfit);
            if (_deaths.ToldOf(bundle.Hash, folder.AssemblyFile) is { } deadly)
                return LoadedFolder.Unusable(source, folder, deadly);
            using var mark = _deaths.Mark(bundle.Hash);
            var assembly = TimeLimit.Run(
                specs.Limit, "IDagServices.Configure", () => LoadedAssembly.Load(directory, folder.Name, hostServices, configuration));
            unloads.Follow(assembly, source, hold);
            isFollowed = true;
            var built = Build(assembly, folder, source);
            return new LoadedFolder(source, bundle, built.Specs, OnePerDag(built.Errors), IsWhole: true, built.MayPass);
        }
        catch (Exception e)
        {
            return LoadedFolder.Unusable(source, folder, Problem.From(e, $"Loading {folder.AssemblyFile}"));
        }
        finally
        {
            if (!isFollowed)
                hold.Dispose();
        }
    }

    // In a frame of its own: nothing of the plugin may be left on the stack when it is to be unloaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private BuiltSpecs Build(LoadedAssembly assembly, DagFolder folder, string source)
    {
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
        if (folder.IsLoose)
            return Loose(folder);
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

    private static Problem Loose(DagFolder folder)
    {
        var files = folder.Files().Select(file => file.RelativePath).ToList();
        // Of a whole output the one that is not a package of it.
        var name = Path.GetFileNameWithoutExtension(files.Find(file => File.Exists(Path.ChangeExtension(Path.Combine(Path.GetDirectoryName(folder.Path)!, file), ".deps.json"))) ?? files.FirstOrDefault() ?? "");
        return new Problem(
            $"{name}.dll{(files.Count > 1 ? $" and {files.Count - 1} more lie" : " lies")} beside the DAG folders, where nothing is loaded from.",
            $"A DAG folder has the name of its assembly: make the folder '{name}' here, and put the build's output into it.",
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

/// <summary>A folder in a state that was tried.</summary>
internal sealed record Tried(string Fingerprint, int Tries, LoadedFolder? Told);

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
