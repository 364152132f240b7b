using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>A body waits for the store, as it does for its log: one that is away for a while costs nobody an attempt.</summary>
internal static class Patience
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250);

    /// <summary>The answer of a call, which is made again while the store is away.</summary>
    public static async Task<T> UntilThereAsync<T>(Func<Task<T>> call, TimeProvider time, CancellationToken cancellation)
    {
        (bool There, T Answer) asked;
        while (!(asked = await AskAsync(call).ConfigureAwait(false)).There)
            await Task.Delay(Again, time, cancellation).ConfigureAwait(false);
        return asked.Answer;
    }

    private static async Task<(bool There, T Answer)> AskAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return (true, await call().ConfigureAwait(false));
        }
        catch (StoreUnavailableException)
        {
            return (false, default!);
        }
    }
}
