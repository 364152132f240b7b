using System.Diagnostics;
using Npgsql;

namespace Pipelines.EndToEnd.Tests;

/// <summary>Waiting for a condition. The deadline only ends a test that has failed; nothing is ever timed.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(120);

    /// <param name="what">Said when it does not come true.</param>
    /// <param name="condition">A database that is away for a moment makes it false.</param>
    /// <param name="state">What to show then.</param>
    public static async Task UntilAsync(string what, Func<Task<bool>> condition, Func<string> state)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Time; await Task.Delay(50))
        {
            try
            {
                if (await condition())
                    return;
            }
            catch (NpgsqlException)
            {
            }
        }

        throw new TimeoutException($"Waited in vain: {what}.\n{state()}");
    }
}
