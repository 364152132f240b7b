using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Loading;

/// <summary>
/// Wakes the importer when something changes below a folder. It only shortens the wait: polling is the truth, since
/// notifications are lost on network drives, through links, and when the system's watches run out.
/// </summary>
internal sealed class FolderWatch(string root, TimeSpan poll, ILogger logger) : IDisposable
{
    private readonly Channel<bool> _changes =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private FileSystemWatcher? _watcher;
    private bool _failed;

    /// <summary>Begins to listen, if it does not yet; before a look, so that nothing falls between the two.</summary>
    public void Start()
    {
        if (_watcher is not null || _failed || !Directory.Exists(root))
            return;
        try
        {
            _watcher = new FileSystemWatcher(root) { IncludeSubdirectories = true };
            _watcher.Created += (_, _) => Wake();
            _watcher.Changed += (_, _) => Wake();
            _watcher.Deleted += (_, _) => Wake();
            _watcher.Renamed += (_, _) => Wake();
            _watcher.Error += (_, _) => Wake();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException or ArgumentException)
        {
            _failed = true;
            _watcher?.Dispose();
            _watcher = null;
            logger.WatchFailed(e, root, poll);
        }
    }

    /// <summary>Waits for a change or for the next poll.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        using var due = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        due.CancelAfter(poll);
        try
        {
            await _changes.Reader.ReadAsync(due.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The poll is due.
        }
    }

    public void Dispose() => _watcher?.Dispose();

    private void Wake() => _changes.Writer.TryWrite(true);
}
