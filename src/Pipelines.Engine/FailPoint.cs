using System.Diagnostics;
using System.Globalization;

namespace Pipelines.Engine;

/// <summary>
/// Where a process can be made to die, for tests: before and after every statement that the engine sends, which is around every
/// commit, and around a body. With the variable <c>PIPELINES_FAILPOINT=worker/advance.after@3</c> set when it starts, the process is
/// gone at the third hit of that point, as if by <c>kill -9</c>: nothing is flushed, nothing is disposed, nobody is told.
/// Without it nothing here does anything.
/// </summary>
/// <remarks>Statements bear the names of their blocks in the .sql files: a new one has its two points by being there.</remarks>
public static class FailPoint
{
    public const string BeforeBody = "body.before";
    public const string AfterBody = "body.after";
    public const string AfterDelivery = "notification.delivered";

    private static readonly string[]? Armed = Environment.GetEnvironmentVariable("PIPELINES_FAILPOINT") is { Length: > 0 } set ? set.Split('@') : null;
    private static int _left = Armed is [_, var hits] ? int.Parse(hits, CultureInfo.InvariantCulture) : 1;

    public static bool IsArmed => Armed is not null;

    public static void Hit(string point)
    {
        if (Armed is null || point != Armed[0] || Interlocked.Decrement(ref _left) != 0)
            return;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        self.WaitForExit();                                       // the signal is on its way: this thread does nothing any more
    }
}
