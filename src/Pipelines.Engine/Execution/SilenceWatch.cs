namespace Pipelines.Engine.Execution;

/// <summary>Stops an attempt whose body has given no heartbeat for too long. A heartbeat only notes its time: the watch looks again when the silence would be over.</summary>
internal sealed class SilenceWatch : IDisposable
{
    private readonly RunningAttempt _attempt;
    private readonly TimeSpan _longest;
    private readonly Timer _timer;

    public SilenceWatch(RunningAttempt attempt, TimeSpan longest)
    {
        (_attempt, _longest) = (attempt, longest);
        _timer = new Timer(_ => Look());
        Look();
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var left = _longest - _attempt.Silence;
        if (left <= TimeSpan.Zero)
        {
            _attempt.Stop(StopReason.Silent);
            return;
        }

        try
        {
            _timer.Change(TimeSpan.FromMilliseconds(Math.Min(left.TotalMilliseconds + 1, int.MaxValue)), Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The attempt has ended meanwhile.
        }
    }
}
