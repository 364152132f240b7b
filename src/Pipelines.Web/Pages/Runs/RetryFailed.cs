using Pipelines.Engine.Ports;

namespace Pipelines.Web.Pages.Runs;

/// <summary>Runs again what failed in a run, was kept from running by that, or was cancelled.</summary>
internal static class RetryFailed
{
    /// <returns>How many task instances will run again.</returns>
    public static async Task<int> OfAsync(IConsole store, IOperations operations, long run, Actor by, CancellationToken cancellation)
    {
        var found = await store.RunAsync(run, cancellation) ?? throw new RefusedException($"there is no run {run}");
        var failed = found.Instances.Where(one => one.State is TaskState.Failed or TaskState.UpstreamFailed or TaskState.Cancelled).ToList();
        // Of a mapped task only the elements: the others keep what they have done.
        var parts = failed.Where(one => one.Key.MapIndex >= 0).Select(one => one.Key.TaskNo).ToHashSet();
        var keys = failed.Where(one => one.Key.MapIndex >= 0 || !parts.Contains(one.Key.TaskNo)).Select(one => one.Key).ToList();
        if (keys.Count == 0)
            throw new RefusedException($"nothing has failed in run {run}");
        return await operations.ClearTasksAsync(run, keys, by, cancellation);
    }
}
