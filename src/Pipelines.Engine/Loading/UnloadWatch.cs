using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Loading;

/// <summary>
/// Sees to it that retired assemblies leave memory. Unloading only lets go; the garbage collector does the rest, and in a process
/// that allocates little its next full collection may be days away: it is asked for here, a few times for each retired assembly.
/// </summary>
public sealed class UnloadWatch(ILogger logger)
{
    // Frames of the last attempt and finalizers take a moment; what is held after the last of these is held by the plugin itself.
    private static readonly TimeSpan[] Waits = [.. new[] { 0.1, 0.2, 0.5, 1, 2, 5, 15, 60 }.Select(TimeSpan.FromSeconds)];

    private readonly Lock _gate = new();
    private readonly List<Retired> _waiting = [];
    private readonly List<Retired> _held = [];
    private bool _collecting;

    /// <summary>Assemblies that were retired and are still in memory though nothing of ours holds them: a timer or a thread of theirs does.</summary>
    public int Held
    {
        get
        {
            lock (_gate)
            {
                _held.RemoveAll(one => !one.Context.IsAlive);
                return _held.Count;
            }
        }
    }

    /// <summary>Waits until the assembly is retired and its last use has ended, then for its memory.</summary>
    /// <param name="assembly">Just loaded.</param>
    /// <param name="what">Names it in the log.</param>
    /// <param name="hold">Disposed when nothing more will be loaded from its folder.</param>
    public void Follow(LoadedAssembly assembly, string what, IDisposable hold)
    {
        var context = assembly.Context;
        _ = assembly.Unloaded.ContinueWith(
            _ =>
            {
                hold.Dispose();
                lock (_gate)
                {
                    _waiting.Add(new Retired(what, context));
                    if (_collecting)
                        return;
                    _collecting = true;
                }

                _ = CollectAsync();
            },
            TaskScheduler.Default);
    }

    /// <remarks>Nothing is lost if the process dies here: its memory goes with it.</remarks>
    private async Task CollectAsync()
    {
        while (true)
        {
            TimeSpan wait;
            lock (_gate)
            {
                Settle();
                _collecting = _waiting.Count > 0;
                if (!_collecting)
                    return;
                wait = Waits[Math.Min(Waits.Length - 1, _waiting.Min(one => one.Looks++))];
            }

            // In the background: running bodies must not stand still for it.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
            await Task.Delay(wait).ConfigureAwait(false);
        }
    }

    private void Settle()
    {
        foreach (var one in _waiting)
        {
            // The context goes first; its code and the mapped files go with the collection after that.
            if (one.IsGone)
                logger.Unloaded(one.What);
            else if (one.Looks >= Waits.Length && one.Context.IsAlive)
            {
                _held.Add(one);
                logger.StillHeld(one.What, _held.Count(held => held.Context.IsAlive));
            }
        }

        _waiting.RemoveAll(one => one.IsGone || (one.Looks >= Waits.Length && one.Context.IsAlive));
        foreach (var one in _waiting)
            one.IsGone = !one.Context.IsAlive;
    }

    private sealed class Retired(string what, WeakReference context)
    {
        public string What { get; } = what;

        public WeakReference Context { get; } = context;

        public int Looks { get; set; }

        public bool IsGone { get; set; }
    }
}
