using Microsoft.Extensions.Logging;
using Pipelines.Engine.Loading;

namespace Pipelines.Engine.Notifications;

/// <summary>
/// The notifiers of the plugin folder, loaded once from shadow copies: a plugin may be built anew while it is in use, and is taken up by
/// the next start. One that cannot be loaded is told in the log and does not touch the others.
/// </summary>
public sealed partial class NotifierPlugins
{
    private readonly Dictionary<string, INotifier> _byKind = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Notifiers that are there already.</summary>
    internal NotifierPlugins(params IEnumerable<INotifier> notifiers)
    {
        foreach (var notifier in notifiers)
            _byKind.Add(notifier.Kind, notifier);
    }

    /// <summary>The kinds, sorted.</summary>
    public IReadOnlyList<string> Kinds => [.. _byKind.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Null: no plugin has that kind.</summary>
    public INotifier? Find(string kind) => _byKind.GetValueOrDefault(kind);

    /// <summary>Loads <c>name/name.dll</c> of each sub-folder.</summary>
    /// <param name="folders">Folders of plugins; a missing one has none. Of two notifiers of one kind that of the later folder counts.</param>
    /// <param name="cache">Where the copies are.</param>
    /// <param name="logger">Told of what cannot be loaded.</param>
    public static NotifierPlugins Load(IEnumerable<string> folders, BundleCache cache, ILogger logger)
    {
        var plugins = new NotifierPlugins();
        foreach (var plugin in folders.Where(Directory.Exists).SelectMany(DagFolder.Scan))
        {
            try
            {
                foreach (var notifier in Notifiers(plugin, cache))
                    plugins._byKind[notifier.Kind] = notifier;
            }
            catch (Exception e)
            {
                var problem = e is FolderProblemException known ? known.Problem : Problem.From(e, $"Loading {plugin.AssemblyFile}");
                Unusable(logger, plugin.Path, problem.What, problem.Fix);
            }
        }

        return plugins;
    }

    private static List<INotifier> Notifiers(DagFolder plugin, BundleCache cache)
    {
        if (!File.Exists(Path.Combine(plugin.Path, plugin.AssemblyFile)))
            throw new FolderProblemException(new Problem($"There is no {plugin.AssemblyFile} in the folder.", "A plugin's folder has the name of its assembly: copy the build's output folder here."));
        var bundle = cache.Pack(plugin);
        cache.Hold(bundle.Hash);                                        // as long as the process lives
        var path = Path.Combine(cache.Unpack(bundle.Hash, bundle.Zip), plugin.AssemblyFile);
        if (AssemblyInspector.Inspect(path) is { } unfit)
            throw new FolderProblemException(unfit);
        var types = new DagLoadContext(path).LoadFromAssemblyPath(path).GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false, IsVisible: true } && typeof(INotifier).IsAssignableFrom(type)).ToList();
        return types.Count > 0
            ? types.ConvertAll(type => (INotifier)Activator.CreateInstance(type)!)
            : throw new FolderProblemException(new Problem("There is no notifier in the assembly.", "A plugin has a public class that implements Pipelines.INotifier."));
    }

    [LoggerMessage(1, LogLevel.Error, "The plugin {Folder} cannot be used: {What} {Fix}")]
    private static partial void Unusable(ILogger logger, string folder, string what, string fix);
}
