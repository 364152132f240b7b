using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>The anchor, and every span of absolute time before and after it.</summary>
internal sealed class EveryTicks(Duration span, Instant anchor) : ITicks
{
    private static readonly long Latest = Instant.MaxValue.ToUnixTimeTicks();
    private static readonly long Earliest = Instant.MinValue.ToUnixTimeTicks();
    private readonly long _span = span.BclCompatibleTicks;
    private readonly long _anchor = anchor.ToUnixTimeTicks();

    public Instant? Next(Instant after) => Tick(Floor(after.ToUnixTimeTicks() - _anchor) + 1);

    public Instant? Previous(Instant before)
    {
        var (ticks, exact) = (before.ToUnixTimeTicks() - _anchor, Instant.FromUnixTimeTicks(before.ToUnixTimeTicks()) == before);
        var at = Floor(ticks);
        return Tick(exact && at * _span == ticks ? at - 1 : at);
    }

    // The year 9999 is 3e18 of these from 1970, so differences fit in 63 bits; the product may pass the end by one span.
    private Instant? Tick(long number) =>
        (Int128)number * _span + _anchor is var at && at >= Earliest && at <= Latest ? Instant.FromUnixTimeTicks((long)at) : null;

    private long Floor(long ticks) => ticks / _span - (ticks % _span < 0 ? 1 : 0);
}
