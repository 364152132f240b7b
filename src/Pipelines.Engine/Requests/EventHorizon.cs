using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Requests;

/// <summary>
/// Up to where every event is visible, or will never be. A number is given before its transaction commits, so a lower one can come to light after a higher one:
/// a number is settled once all transactions have ended that wrote events when it was the last.
/// </summary>
public sealed class EventHorizon
{
    private EventMark? _asked;

    /// <summary>-1: that is not known yet.</summary>
    public long Settled { get; private set; } = -1;

    /// <summary>Takes a new look into account; returns what is settled by it.</summary>
    public long Move(EventMark now)
    {
        if (now.Writers.Count == 0)
            (Settled, _asked) = (Math.Max(Settled, now.Last), null);
        else if (_asked is null)
            _asked = now;
        else if (!_asked.Writers.Intersect(now.Writers).Any())
            (Settled, _asked) = (Math.Max(Settled, _asked.Last), now);
        return Settled;
    }
}
