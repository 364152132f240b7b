namespace Pipelines.Engine.Ports;

public partial interface IConsole
{
    /// <summary>How long a log is: what is asked of a log that grows, twice a second.</summary>
    Task<LogHead> LogHeadAsync(LogOf log, CancellationToken cancellation);

    /// <summary>Chunks that hold lines of the kind: the one that holds the line and those after it, or those before it with the nearest first.</summary>
    Task<IReadOnlyList<LogBlock>> LogBlocksAsync(LogOf log, LogShow show, int line, bool backward, int most, CancellationToken cancellation);

    /// <summary>Chunks that hold the lines of the kind from the one at index <paramref name="from"/> to before <paramref name="to"/>, counted among themselves from 0.</summary>
    Task<IReadOnlyList<LogBlock>> LogWindowAsync(LogOf log, LogShow show, int from, int to, CancellationToken cancellation);

    /// <summary>How many lines of the kind stand before a line.</summary>
    Task<int> LogLinesBeforeAsync(LogOf log, LogShow show, int line, CancellationToken cancellation);

    /// <summary>Where the warnings and failures are: of so many equal parts of a log those that have some.</summary>
    Task<IReadOnlyList<LogMark>> LogMarksAsync(LogOf log, int lines, int parts, CancellationToken cancellation);
}

/// <summary>The log of an attempt.</summary>
public sealed record LogOf(InstanceKey Key, short Attempt);

/// <summary>Which lines are looked at.</summary>
public enum LogShow
{
    /// <summary>All.</summary>
    All = 0,

    /// <summary>Warnings and failures.</summary>
    Warnings = 1,

    /// <summary>Failures.</summary>
    Errors = 2,
}

/// <summary>What chunk headers say of a log.</summary>
public sealed record LogHead(int Lines, int Warnings, int Errors, long Bytes)
{
    /// <summary>How many lines are of the kind.</summary>
    public int Count(LogShow show) => show switch { LogShow.Errors => Errors, LogShow.Warnings => Warnings + Errors, _ => Lines };
}

/// <summary>A chunk as it is stored: see <see cref="LogBody"/>.</summary>
/// <param name="Before">Of a window: how many lines of its kind stand before the chunk.</param>
public sealed record LogBlock(int FirstLine, int Lines, byte[] Body, int Before = 0);

/// <param name="Part">Counted from 0.</param>
public sealed record LogMark(int Part, int Warnings, int Errors);
