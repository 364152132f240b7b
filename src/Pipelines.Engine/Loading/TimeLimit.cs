using System.Runtime.ExceptionServices;

namespace Pipelines.Engine.Loading;

/// <summary>Runs a DAG author's code that must come back soon.</summary>
internal static class TimeLimit
{
    /// <summary>
    /// Runs it on a thread of its own. .NET cannot stop a thread: one that does not come back is left behind, as a background
    /// thread that does not keep the process alive.
    /// </summary>
    /// <exception cref="TimeLimitException">It did not come back.</exception>
    public static T Run<T>(TimeSpan limit, string what, Func<T> code)
    {
        T? result = default;
        ExceptionDispatchInfo? error = null;
        var thread = new Thread(() =>
        {
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
            throw new TimeLimitException(what, limit);
        error?.Throw();
        return result!;
    }
}

/// <summary>Code of a DAG assembly did not come back in time.</summary>
internal sealed class TimeLimitException(string what, TimeSpan limit)
    : PipelinesException(FormattableString.Invariant($"{what} did not return within {limit.TotalSeconds:0.#} s."));
