using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>
/// The log of one attempt: collects lines, hands them on in chunks. A body that writes faster than the store takes waits here
/// once 4 MB are pending; one that passes the limit is stopped and fails.
/// </summary>
public sealed class AttemptLog(RunningAttempt attempt, LogShipper shipper) : ILogger
{
    public const long Limit = 100_000_000;
    private const int ChunkBytes = 64 * 1024;
    private const int PendingBytes = 4 * 1024 * 1024;
    private const int LineChars = 1_000_000;

    private readonly object _lock = new();                       // a monitor: writers wait on it for room
    private readonly Queue<LogChunk> _sealed = new();
    private MemoryStream? _open;
    private long _total;
    private long _pending;
    private int _firstLine = 1;
    private int _lines;
    private int _warnings;
    private int _errors;

    /// <summary>Whether there are lines that are not durable yet.</summary>
    public bool HasPending
    {
        get
        {
            lock (_lock)
                return _pending > 0;
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Write(logLevel, formatter(state, exception));
        if (exception is not null)
            Write(logLevel, exception.ToString());
    }

    /// <summary>Adds a line for each line of the text.</summary>
    public void Write(LogLevel level, string text)
    {
        // A body that has passed the limit may go on writing until it notices; nobody will read that.
        if (attempt.Reason != StopReason.LogTooLong)
            WriteAnyway(level, text);
    }

    /// <summary>The same, even past the limit: how the attempt ended belongs into its log.</summary>
    public void WriteAnyway(LogLevel level, string text)
    {
        foreach (var line in Mask.Of(text).AsSpan().EnumerateLines())
            Add(level, line);
    }

    /// <summary>Takes what is pending, in order; the shipper calls back with <see cref="Shipped"/>.</summary>
    public void Take(List<LogChunk> into)
    {
        lock (_lock)
        {
            Seal();
            while (_sealed.TryDequeue(out var chunk))
                into.Add(chunk);
        }
    }

    public void Shipped(int bytes)
    {
        lock (_lock)
        {
            _pending -= bytes;
            Monitor.PulseAll(_lock);
        }
    }

    private void Add(LogLevel level, ReadOnlySpan<char> text)
    {
        var cut = text.Length > LineChars;
        var line = string.Create(CultureInfo.InvariantCulture, $"{Microseconds(attempt.Now)}\t{Letter(level)}\t{(cut ? text[..LineChars] : text)}{(cut ? " (cut)" : "")}\n");
        var full = false;
        lock (_lock)
        {
            while (_pending >= PendingBytes)
                Monitor.Wait(_lock);
            _open ??= new MemoryStream(256);
            var before = _open.Length;
            var bytes = Encoding.UTF8.GetByteCount(line);
            _open.SetLength(before + bytes);
            Encoding.UTF8.GetBytes(line, _open.GetBuffer().AsSpan((int)before));
            _open.Position = before + bytes;
            _pending += bytes;
            _total += bytes;
            _lines++;
            _warnings += level == LogLevel.Warning ? 1 : 0;
            _errors += level >= LogLevel.Error ? 1 : 0;
            if (_open.Length >= ChunkBytes)
            {
                Seal();
                full = true;
            }
        }

        if (_total > Limit)
            attempt.Stop(StopReason.LogTooLong);
        shipper.Wants(this, now: full);
    }

    private void Seal()
    {
        if (_lines == 0)
            return;
        _sealed.Enqueue(new(attempt.Assignment.Key, attempt.Assignment.Attempt, _firstLine, _lines, _warnings, _errors, _open!.ToArray()));
        _firstLine += _lines;
        _lines = _warnings = _errors = 0;
        _open.SetLength(0);
    }

    private static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / 10;

    private static char Letter(LogLevel level) => level switch
    {
        LogLevel.Trace => 'T',
        LogLevel.Debug => 'D',
        LogLevel.Information => 'I',
        LogLevel.Warning => 'W',
        LogLevel.Error => 'E',
        _ => 'C',
    };
}
