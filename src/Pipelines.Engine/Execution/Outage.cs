using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>Tells of a store that is away: at once, then every 10 seconds, and when it is back. An outage of a night must not fill the log.</summary>
internal sealed partial class Outage(ILogger logger)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);
    private long _said;

    /// <param name="e">What the store said: that it is away, or what else keeps it from being of use.</param>
    public void Lasts(Exception e)
    {
        if (_said != 0 && Stopwatch.GetElapsedTime(_said) < Again)
            return;
        _said = Stopwatch.GetTimestamp();
        Unavailable(logger, e.Message);
    }

    public void Over()
    {
        if (_said == 0)
            return;
        _said = 0;
        Back(logger);
    }

    [LoggerMessage(1, LogLevel.Warning, "{Message} Trying again; nothing is lost")]
    private static partial void Unavailable(ILogger logger, string message);

    [LoggerMessage(2, LogLevel.Warning, "PostgreSQL serves again; work goes on")]
    private static partial void Back(ILogger logger);
}
