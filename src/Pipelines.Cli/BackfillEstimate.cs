using Pipelines.Engine.Ports;

namespace Pipelines.Cli;

/// <summary>How long a backfill takes, from what the DAG's runs usually take: so many at once, one after the other.</summary>
internal static class BackfillEstimate
{
    /// <summary>Null: the DAG has no history to go by, or nothing is left.</summary>
    public static double? Seconds(double? typical, int runs, int atOnce) => typical is { } seconds && runs > 0 ? seconds * Math.Ceiling((double)runs / atOnce) : null;

    /// <summary>What is left of it.</summary>
    public static double? Left(double? typical, BackfillRow row) =>
        row.State is 'r' or 'p' ? Seconds(typical, row.Total - row.Succeeded - row.Failed - row.Cancelled, row.MaxActive) : null;
}
