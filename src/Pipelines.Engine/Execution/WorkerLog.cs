using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Execution;

internal static partial class WorkerLog
{
    [LoggerMessage(1, LogLevel.Warning, "Run {Run} task {Task} element {MapIndex}: a late report of an attempt that was taken back was fenced off")]
    public static partial void Fenced(ILogger logger, long run, int task, int mapIndex);

    [LoggerMessage(2, LogLevel.Warning, "Left without a goodbye: {Message} What ran here runs again when the lease has ended")]
    public static partial void LeftInHaste(ILogger logger, string message);

    [LoggerMessage(3, LogLevel.Error, "Run {Run}: the body of {Dag}.{Task} does not return although it was cancelled; its slot stays taken until it does")]
    public static partial void Stuck(ILogger logger, long run, string dag, string task);

    [LoggerMessage(4, LogLevel.Error, "Worker {Worker} missed its lease: {Count} running attempts are stopped and will run again elsewhere")]
    public static partial void LeaseLost(ILogger logger, int worker, int count);

    [LoggerMessage(5, LogLevel.Error, "The store refuses a call about {Count} attempts; it is tried again")]
    public static partial void Refused(ILogger logger, Exception e, int count);

    [LoggerMessage(6, LogLevel.Error, "{Lines} log lines were refused by the store and are lost")]
    public static partial void LinesRefused(ILogger logger, Exception e, int lines);

    [LoggerMessage(8, LogLevel.Information, "{Count} attempts run without a span: the store is away")]
    public static partial void NotTraced(ILogger logger, Exception e, int count);

    [LoggerMessage(9, LogLevel.Error, "Run {Run}: how an attempt ended could not be worked out; it has failed")]
    public static partial void Untold(ILogger logger, Exception e, long run);

    [LoggerMessage(7, LogLevel.Information, "Worker {Worker} was {What}")]
    public static partial void Held(ILogger logger, int worker, string what);
}
