using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Loading;

internal static partial class LoadingLog
{
    [LoggerMessage(200, LogLevel.Information, "Watching {Root} for DAG folders.")]
    public static partial void Watching(this ILogger logger, string root);

    [LoggerMessage(201, LogLevel.Warning, "The DAG folder {Root} does not exist. It is watched for; its DAGs stay as they are.")]
    public static partial void RootMissing(this ILogger logger, string root);

    [LoggerMessage(202, LogLevel.Information, "{DagId}: {What} from {Source}, {Tasks} tasks.")]
    public static partial void Registered(this ILogger logger, string dagId, string what, string source, int tasks);

    [LoggerMessage(203, LogLevel.Warning, "Import error in {File} of {Source}, DAG {DagId}: {What} {Fix}")]
    public static partial void ImportFailed(this ILogger logger, string source, string dagId, string file, string what, string fix);

    [LoggerMessage(204, LogLevel.Information, "Retired {DagIds}: no longer in {Source}. Their history stays.")]
    public static partial void Retired(this ILogger logger, string dagIds, string source);

    [LoggerMessage(205, LogLevel.Warning, "What was loaded cannot be stored now: {Why} It is kept, and tried again at the next poll.")]
    public static partial void StoreUnavailable(this ILogger logger, string why);

    [LoggerMessage(206, LogLevel.Error, "Looking through {Root} failed. It is tried again at the next poll.")]
    public static partial void PassFailed(this ILogger logger, Exception error, string root);

    [LoggerMessage(207, LogLevel.Warning, "The system gives no notifications for {Root}; changes are found by looking every {Poll}.")]
    public static partial void WatchFailed(this ILogger logger, Exception error, string root, TimeSpan poll);

    [LoggerMessage(208, LogLevel.Debug, "{Source} is being written to; it is loaded when it is quiet.")]
    public static partial void NotQuiet(this ILogger logger, string source);

    [LoggerMessage(209, LogLevel.Information, "Unloaded {What}.")]
    public static partial void Unloaded(this ILogger logger, string what);

    [LoggerMessage(210, LogLevel.Warning, "{What} was unloaded and is still in memory: code of it, such as a timer or a thread that it started, holds on. {Held} such in this process.")]
    public static partial void StillHeld(this ILogger logger, string what, int held);
}
