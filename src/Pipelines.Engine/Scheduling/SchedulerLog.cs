using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Scheduling;

internal static partial class SchedulerLog
{
    [LoggerMessage(2, LogLevel.Information, "{Dag}: {Count} runs made for due ticks")]
    public static partial void Ticked(ILogger logger, string dag, int count);

    [LoggerMessage(3, LogLevel.Warning, "{Count} attempts were taken back from lost workers and run again")]
    public static partial void Reclaimed(ILogger logger, int count);

    [LoggerMessage(4, LogLevel.Error, "The safety net repaired {Count} rows: somebody has edited rows by hand, or the engine has a fault")]
    public static partial void Swept(ILogger logger, int count);

    [LoggerMessage(5, LogLevel.Error, "{Dag}: its schedule cannot be read; looked at again every {Again}: {Message}")]
    public static partial void BadSchedule(ILogger logger, string dag, TimeSpan again, string message);

    [LoggerMessage(7, LogLevel.Error, "Backfill {Backfill} of {Dag} makes no runs; cancel it, or mend the DAG's schedule: {Message}")]
    public static partial void BadBackfill(ILogger logger, long backfill, string dag, string message);

    [LoggerMessage(6, LogLevel.Error, "A pass of the scheduler failed; it is tried again")]
    public static partial void PassFailed(ILogger logger, Exception e);
}
