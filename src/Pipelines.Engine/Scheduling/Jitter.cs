using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>How much later the runs of a DAG are made: the same in every process and for ever, and spread evenly over DAGs.</summary>
public static class Jitter
{
    /// <summary>From zero up to the graph's jitter, which it never reaches. Zero for a continuous schedule: its runs follow one another.</summary>
    public static Duration Of(DagSpec spec)
    {
        if (spec.Jitter is not { Ticks: > 0 } most || ScheduleOf.Named(spec)?.Kind == ScheduleKind.Continuous)
            return Duration.Zero;
        var hash = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(spec.Id)));
        // Whole microseconds, as the database keeps them.
        return Duration.FromTicks((long)(hash % (ulong)Math.Max(1, most.Ticks / TimeSpan.TicksPerMicrosecond)) * TimeSpan.TicksPerMicrosecond);
    }
}
