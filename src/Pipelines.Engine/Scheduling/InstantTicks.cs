using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>A list of instants.</summary>
/// <param name="ascending">Each later than the one before.</param>
internal sealed class InstantTicks(Instant[] ascending) : ITicks
{
    public Instant? Next(Instant after)
    {
        var at = Array.BinarySearch(ascending, after);
        at = at >= 0 ? at + 1 : ~at;
        return at < ascending.Length ? ascending[at] : null;
    }

    public Instant? Previous(Instant before)
    {
        var at = Array.BinarySearch(ascending, before);
        at = (at >= 0 ? at : ~at) - 1;
        return at >= 0 ? ascending[at] : null;
    }
}
