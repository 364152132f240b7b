using Microsoft.Extensions.Logging;

namespace Pipelines.Web;

/// <summary>What the console logs.</summary>
internal static partial class WebLog
{
    [LoggerMessage(1, LogLevel.Error, "Watching {Topic} has failed; its pages will ask again.")]
    public static partial void WatchFailed(ILogger logger, Exception problem, string? topic);

    [LoggerMessage(40, LogLevel.Error, "The API has failed at {Method} {Path}.")]
    public static partial void ApiFailed(ILogger logger, Exception problem, string method, string path);
}
