using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Pipelines.Engine.Loading;

/// <summary>Runs a DAG author's code that must come back soon.</summary>
internal static class TimeLimit
{
    private const int Nice = 10;
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Runs it on a thread of its own. One that waits too long is interrupted, which ends nearly all that only wait. .NET cannot stop
    /// a thread that computes (its ControlledExecution was tried, and crashed the process): such a thread is left behind, as a
    /// background thread that does not keep the process alive, and yields to all others.
    /// </summary>
    /// <exception cref="TimeLimitException">It did not come back.</exception>
    public static T Run<T>(TimeSpan limit, string what, Func<T> code)
    {
        T? result = default;
        ExceptionDispatchInfo? error = null;
        var systemId = 0;
        var thread = new Thread(() =>
        {
            systemId = SystemId();
            try
            {
                result = code();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true, Name = what,
        };
        thread.Start();
        if (!thread.Join(limit))
        {
            thread.Interrupt();
            if (!thread.Join(Farewell))
                LeaveBehind(thread, systemId);
            throw new TimeLimitException(what, limit);
        }

        error?.Throw();
        return result!;
    }

    private static void LeaveBehind(Thread thread, int systemId)
    {
        thread.Priority = ThreadPriority.Lowest;                   // heeded by Windows; Linux knows only niceness
        if (systemId != 0)
            _ = SetPriority(0, systemId, Nice);
    }

    private static int SystemId()
    {
        try
        {
            return OperatingSystem.IsLinux() ? GetThreadId() : 0;
        }
        catch (EntryPointNotFoundException)
        {
            return 0; // a C library from before 2019
        }
    }

    [DllImport("libc", EntryPoint = "gettid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetThreadId();

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, int who, int nice);
}

/// <summary>Code of a DAG assembly did not come back in time.</summary>
internal sealed class TimeLimitException(string what, TimeSpan limit)
    : PipelinesException(FormattableString.Invariant($"{what} did not return within {limit.TotalSeconds:0.#} s."));
