namespace Pipelines.Cli;

/// <summary>
/// How long a backfill will still take, from how fast it has been going of late: over the last half minute or so, because the
/// first runs warm caches and the load changes.
/// </summary>
internal sealed class BackfillPace(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly Queue<(long At, int Done)> _seen = [];

    /// <summary>Takes note of where it is now, and estimates the rest; null until it has moved.</summary>
    public TimeSpan? Left(int done, int total)
    {
        var now = time.GetTimestamp();
        _seen.Enqueue((now, done));
        while (_seen.Count > 2 && time.GetElapsedTime(_seen.Peek().At, now) > Window)
            _seen.Dequeue();
        var (at, before) = _seen.Peek();
        var elapsed = time.GetElapsedTime(at, now);
        return done > before && elapsed > TimeSpan.Zero ? elapsed / (done - before) * Math.Max(0, total - done) : null;
    }
}
