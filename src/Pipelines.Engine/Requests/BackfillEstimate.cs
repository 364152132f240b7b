using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Requests;

/// <summary>How long something takes: likely, and in good and bad cases.</summary>
/// <param name="Low">Seconds, when the runs are as quick as the quickest quarter.</param>
/// <param name="Likely">Seconds, by the median.</param>
/// <param name="High">Seconds, when the runs are as slow as the slowest tenth.</param>
public sealed record TimeRange(double Low, double Likely, double High);

/// <summary>How long a backfill takes, from what the DAG's runs usually take: so many at once, one after the other.</summary>
public static class BackfillEstimate
{
    /// <summary>Null: the DAG has no history to go by, or nothing is left.</summary>
    public static double? Seconds(double? typical, int runs, int atOnce) => typical is { } seconds && runs > 0 ? seconds * Math.Ceiling((double)runs / atOnce) : null;

    /// <summary>What is left of it.</summary>
    public static double? Left(double? typical, BackfillRow row) => row.State is 'r' or 'p' ? Seconds(typical, Open(row), row.MaxActive) : null;

    /// <summary>The same with its bounds.</summary>
    public static TimeRange? Range(RunTimes? times, int runs, int atOnce) => times is not null && Seconds(times.Median, runs, atOnce) is { } likely
        ? new(Seconds(times.Quick, runs, atOnce)!.Value, likely, Seconds(times.Slow, runs, atOnce)!.Value)
        : null;

    /// <summary>What is left of it at a speed, with bounds.</summary>
    public static TimeRange? Left(RunTimes? times, BackfillRow row, int atOnce) => row.State is 'r' or 'p' ? Range(times, Open(row), atOnce) : null;

    /// <summary>Runs that have not ended, those included that are not made yet.</summary>
    public static int Open(BackfillRow row) => Math.Max(row.Queued + row.Running, row.Total - row.Succeeded - row.Failed - row.Cancelled);
}
