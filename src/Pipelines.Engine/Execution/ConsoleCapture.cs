using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Pipelines.Engine.Execution;

/// <summary>Sends what a body writes to the console to its attempt's log; everything else goes where it went before.</summary>
public sealed class ConsoleCapture : TextWriter
{
    private static readonly AsyncLocal<Target?> Current = new();
    private readonly TextWriter _original;
    private readonly LogLevel _level;

    private ConsoleCapture(TextWriter original, LogLevel level) => (_original, _level) = (original, level);

    public override Encoding Encoding => _original.Encoding;

    /// <summary>Once a process.</summary>
    public static void Install()
    {
        if (Console.Out is ConsoleCapture)
            return;
        var (output, error) = (new ConsoleCapture(Console.Out, LogLevel.Information), new ConsoleCapture(Console.Error, LogLevel.Warning));
        Set(output, error);
    }

    /// <summary>Makes these the console's writers, as they are.</summary>
    internal static void Set(TextWriter output, TextWriter error)
    {
        Console.SetOut(output);
        Console.SetError(error);
        Unlock("s_out", output);
        Unlock("s_error", error);
    }

    /// <summary>
    /// The console wraps what it is given in one lock for all writers, and an attempt that waits for room in its log would hold it:
    /// every body that writes a line would wait with it. Nothing here needs that lock, so it is taken out again. Should the field be
    /// gone one day, bodies wait for each other and all else works.
    /// </summary>
    private static void Unlock(string field, TextWriter writer)
    {
        var found = typeof(Console).GetField(field, BindingFlags.NonPublic | BindingFlags.Static);
        if (found?.FieldType == typeof(TextWriter))
            found.SetValue(null, writer);
    }

    /// <summary>From here on, along this flow of execution, console output is this attempt's; disposed, its last line is complete.</summary>
    public static IDisposable Into(AttemptLog log) => Current.Value = new Target(log);

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (Current.Value is { } target)
            target.Write(_level, value);
        else
            _original.Write(value);
    }

    public override void WriteLine(string? value) => Write(value + Environment.NewLine);

    public override void Flush() => _original.Flush();

    private sealed class Target(AttemptLog log) : IDisposable
    {
        private readonly StringBuilder _line = new();
        private LogLevel _lastLevel;

        public void Write(LogLevel level, string? value)
        {
            lock (_line)
            {
                _lastLevel = level;
                _line.Append(value);
                var text = _line.ToString();
                var end = text.LastIndexOf('\n');
                if (end < 0 && text.Length < 100_000)
                    return;
                end = end < 0 ? text.Length : end;
                log.Write(level, text[..end].TrimEnd('\r'));
                _line.Clear();
                if (end + 1 < text.Length)
                    _line.Append(text, end + 1, text.Length - end - 1);
            }
        }

        public void Dispose()
        {
            lock (_line)
            {
                if (_line.Length > 0)
                    log.Write(_lastLevel, _line.ToString());
                _line.Clear();
            }
        }
    }
}
