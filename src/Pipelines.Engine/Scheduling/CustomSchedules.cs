using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Loading;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// Schedules that are code of DAG assemblies, at hand for as long as something is read from them: the version's bundle is loaded, the DAG defined on a fresh instance, and
/// nothing of it is kept, so that it can be unloaded afterwards.
/// </summary>
/// <param name="versions">The versions that this process has loaded; workers may share it.</param>
/// <param name="limit">The longest that a reading may take; 2 seconds unless said, as when the DAG was loaded.</param>
public sealed class CustomSchedules(VersionCache versions, TimeSpan? limit = null)
{
    private readonly TimeSpan _limit = limit ?? TimeSpan.FromSeconds(2);

    /// <summary>Reads something from the schedules of some versions.</summary>
    /// <param name="versionIds">Those that are needed; of none, nothing is loaded.</param>
    /// <param name="read">Takes a version's schedule by its number. It returns plain data, all of it there: nothing may be read from a schedule later.</param>
    /// <exception cref="ScheduleException">A schedule misbehaves, or takes longer than the limit.</exception>
    public async Task<T> ReadAsync<T>(IReadOnlyList<int> versionIds, Func<Func<int, ISchedule?>, T> read)
    {
        if (versionIds.Count == 0)
            return read(_ => null);
        var uses = new List<VersionUse>();
        try
        {
            foreach (var id in versionIds)
                uses.Add(await versions.UseAsync(id).ConfigureAwait(false));
            return Read(uses, read);
        }
        finally
        {
            foreach (var use in uses)
                use.Dispose();
        }
    }

    /// <summary>Unloads what nobody has used for a while. Called every few seconds.</summary>
    public void Sweep() => versions.Sweep();

    // In a frame of its own: nothing of the plugin may be left on the stack when it is to be unloaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private T Read<T>(List<VersionUse> uses, Func<Func<int, ISchedule?>, T> read)
    {
        try
        {
            return TimeLimit.Run(_limit, $"The schedule of {uses[^1].Version.Spec.Id}", () =>
            {
                var scopes = uses.Select(use => use.Version.CreateScope()).ToList();
                try
                {
                    var schedules = uses.Zip(scopes).ToDictionary(
                        pair => pair.First.Version.Id, pair => DagBuilder.CustomScheduleOf(pair.First.Version.CreateDag(pair.Second)));
                    return read(id => schedules.GetValueOrDefault(id));
                }
                finally
                {
                    foreach (var scope in scopes)
                        scope.DisposeAsync().AsTask().GetAwaiter().GetResult(); // this thread is ours: nobody else waits for it
                }
            });
        }
        catch (TimeLimitException e)
        {
            throw new ScheduleException(e.Message);
        }
    }
}
