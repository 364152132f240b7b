using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Loading;

/// <summary>How the importer waits.</summary>
/// <param name="Poll">From one look at the folders to the next.</param>
/// <param name="Quiet">How long a folder must stay unchanged before it is read.</param>
/// <param name="Again">When to try again what failed for a reason outside the folder, such as an id that another one holds.</param>
public sealed record ImporterTimes(TimeSpan Poll, TimeSpan Quiet, TimeSpan Again)
{
    public static readonly ImporterTimes Default = new(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(30));
}

/// <summary>Keeps the catalog equal to what lies in a root folder: loads new and changed DAG folders, retires those that are gone.</summary>
public sealed class DagImporter : IDisposable
{
    private const int MaxRounds = 20;
    private readonly ICatalogStore _catalog;
    private readonly string _root;
    private readonly string _host;
    private readonly ImporterTimes _times;
    private readonly ILogger _logger;
    private readonly FolderLoader _loader;
    private readonly DagPublisher _publisher;
    private readonly SemaphoreSlim _onePass = new(1, 1);
    private readonly Dictionary<string, Seen> _seen = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _firstPass = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _knowsSources;
    private bool _saidMissing;
    private bool _again;

    /// <param name="catalog">Where DAGs are registered.</param>
    /// <param name="root">The folder to watch. It may be made later.</param>
    /// <param name="host">Names this machine in sources; it must stay the same over restarts.</param>
    /// <param name="cache">Shadow copies.</param>
    /// <param name="specs">Makes the graphs.</param>
    /// <param name="planned">Called after each registration, with the hash of the bundle, so that the schedule of the DAG can be planned.</param>
    /// <param name="hostServices">Adds what the host provides to each assembly's services: logging and <see cref="IConnections"/>.</param>
    /// <param name="configuration">Given to <see cref="IDagServices.Configure"/>.</param>
    /// <param name="unloads">Told of every assembly that was loaded to be read.</param>
    /// <param name="logger">What is loaded, retired and refused.</param>
    /// <param name="times">For tests.</param>
    public DagImporter(
        ICatalogStore catalog, string root, string host, BundleCache cache, SpecBuilder specs,
        Func<RegisteredDag, DagSpec, string, CancellationToken, Task> planned,
        Action<IServiceCollection> hostServices, IConfiguration configuration, UnloadWatch unloads, ILogger logger, ImporterTimes? times = null)
    {
        _catalog = catalog;
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        _host = host;
        _times = times ?? ImporterTimes.Default;
        _logger = logger;
        _loader = new FolderLoader(cache, specs, hostServices, configuration, unloads);
        _publisher = new DagPublisher(catalog, host, planned, logger);
    }

    /// <summary>Done when everything that lay in the root at the start is in the catalog, or reported there.</summary>
    public Task FirstPass => _firstPass.Task;

    /// <summary>Imports until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        // If the process dies here: the catalog holds a prefix of what a pass writes, folder by folder and each folder in the
        // order bundle, versions, retirements, errors. Nothing is remembered elsewhere: the next start reads every folder again,
        // registers what is missing (the same content again changes nothing) and plans it. A bundle without a version costs space only.
        _logger.Watching(_root);
        using var watch = new FolderWatch(_root, _times.Poll, _logger);
        try
        {
            await Task.Yield();
            while (true)
            {
                watch.Start();
                try
                {
                    await ImportOnceAsync(cancellation);
                }
                catch (StoreUnavailableException e)
                {
                    _logger.StoreUnavailable(e.Message);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    _logger.PassFailed(e, _root);
                }

                await watch.WaitAsync(cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            _firstPass.TrySetCanceled(cancellation);
        }
    }

    /// <summary>Looks through the root once, and again while a folder is being written to, for some seconds at most.</summary>
    /// <exception cref="StoreUnavailableException">What was loaded is kept, and stored by the next call.</exception>
    public async Task ImportOnceAsync(CancellationToken cancellation = default)
    {
        await _onePass.WaitAsync(cancellation);
        try
        {
            for (var round = 0; round < MaxRounds && !await PassAsync(cancellation); round++)
            {
            }

            _firstPass.TrySetResult();
        }
        finally
        {
            _onePass.Release();
        }
    }

    public void Dispose() => _onePass.Dispose();

    /// <summary>Returns whether all was quiet; else there is more to do soon.</summary>
    private async Task<bool> PassAsync(CancellationToken cancellation)
    {
        _again = false;
        foreach (var seen in _seen.Values)
            await StoreAsync(seen, cancellation);
        if (!Directory.Exists(_root))
        {
            // A drive that is not mounted must not retire every DAG.
            if (!_saidMissing)
                _logger.RootMissing(_root);
            _saidMissing = true;
            return true;
        }

        _saidMissing = false;
        await LearnSourcesAsync(cancellation);
        var before = Look();
        var changed = before
            .Where(folder => !_seen.TryGetValue(SourceOf(folder.Key), out var seen) || seen.IsDue(folder.Value, _times.Again))
            .ToList();
        var gone = _seen.Keys.Except(before.Keys.Select(SourceOf)).ToList();
        if (changed.Count == 0 && gone.Count == 0)
            return true;

        await Task.Delay(_times.Quiet, cancellation);
        var after = Look();
        foreach (var source in gone.Except(after.Keys.Select(SourceOf)).ToList())
        {
            await _publisher.RemoveAsync(source, cancellation);
            _seen.Remove(source);
            TryOthersAgain();
        }

        var quiet = true;
        foreach (var (folder, fingerprint) in changed)
            quiet &= after.GetValueOrDefault(folder) == fingerprint ? await ImportAsync(folder, fingerprint, cancellation) : NotQuiet(folder);
        return quiet && !_again;
    }

    private async Task<bool> ImportAsync(DagFolder folder, string fingerprint, CancellationToken cancellation)
    {
        var source = SourceOf(folder);
        if (!_seen.TryGetValue(source, out var seen))
            _seen[source] = seen = new Seen();
        var loaded = _loader.Load(folder, source, seen.StoredHash);
        if (folder.Fingerprint() != fingerprint)
            return NotQuiet(folder); // what was read may be half old, half new
        if (loaded is { MayPass: true } && !seen.LookedTwice)
        {
            seen.LookedTwice = true;
            return false;
        }

        seen.LookedTwice = false;
        seen.Fingerprint = fingerprint;
        if (loaded is null)
            return true;
        seen.Unstored = loaded;
        await StoreAsync(seen, cancellation);
        return true;
    }

    private async Task StoreAsync(Seen seen, CancellationToken cancellation)
    {
        if (seen.Unstored is not { } loaded)
            return;
        bool complete;
        try
        {
            complete = await _publisher.PublishAsync(loaded, cancellation);
        }
        catch (Exception e) when (e is not (StoreUnavailableException or OperationCanceledException))
        {
            // What the store does not take of one folder keeps no other from being loaded. It is looked at again.
            _logger.PassFailed(e, loaded.Source);
            complete = false;
        }

        seen.Unstored = null;
        seen.StoredHash = complete ? loaded.Bundle?.Hash : null;
        seen.Incomplete = !complete;
        seen.StoredAt = TimeProvider.System.GetTimestamp();
        if (complete)
            TryOthersAgain();
    }

    /// <summary>On the first pass: what an earlier process loaded from folders that may be gone since.</summary>
    private async Task LearnSourcesAsync(CancellationToken cancellation)
    {
        if (_knowsSources)
            return;
        var prefix = $"{_host}:{_root}{Path.DirectorySeparatorChar}";
        foreach (var source in await _catalog.SourcesAsync(prefix, cancellation))
        {
            // A folder further down belongs to another root, which lies inside this one.
            if (!source.AsSpan(prefix.Length).Contains(Path.DirectorySeparatorChar))
                _seen.TryAdd(source, new Seen());
        }

        _knowsSources = true;
    }

    /// <summary>What one folder gave up, such as an id, another may have been waiting for.</summary>
    private void TryOthersAgain()
    {
        foreach (var seen in _seen.Values.Where(seen => seen.Incomplete))
        {
            seen.Fingerprint = null;
            _again = true;
        }
    }

    private Dictionary<DagFolder, string> Look() => DagFolder.Scan(_root).Concat(DagFolder.Loose(_root)).ToDictionary(folder => folder, folder => folder.Fingerprint());

    private string SourceOf(DagFolder folder) => $"{_host}:{folder.Path}";

    private bool NotQuiet(DagFolder folder)
    {
        _logger.NotQuiet(SourceOf(folder));
        return false;
    }

    /// <summary>What is known of a folder.</summary>
    private sealed class Seen
    {
        /// <summary>Of the files that were last read; null: read them again.</summary>
        public string? Fingerprint { get; set; }

        /// <summary>Of the content that is in the catalog, completely.</summary>
        public string? StoredHash { get; set; }

        /// <summary>Loaded, but the database could not be reached.</summary>
        public LoadedFolder? Unstored { get; set; }

        /// <summary>Something outside the folder kept part of it from being registered.</summary>
        public bool Incomplete { get; set; }

        public bool LookedTwice { get; set; }

        public long StoredAt { get; set; }

        public bool IsDue(string fingerprint, TimeSpan again) =>
            Fingerprint != fingerprint || (Incomplete && TimeProvider.System.GetElapsedTime(StoredAt) >= again);
    }
}
