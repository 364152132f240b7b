using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Web.Access;

/// <summary>Schedules that are code of DAG assemblies, where this process can load them.</summary>
/// <param name="custom">Null: it cannot.</param>
public sealed class ScheduleCode(CustomSchedules? custom)
{
    /// <summary>Reads something from a DAG's schedule; all of it is there when this returns.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="instead">The command that does what is wanted where the code can be loaded.</param>
    /// <param name="read">Takes the author's own schedule; null: the graph tells the schedule.</param>
    /// <exception cref="RefusedException">The schedule is code that this console does not load.</exception>
    internal async Task<T> ReadAsync<T>(DagDetail dag, string instead, Func<ISchedule?, T> read)
    {
        if (!ScheduleOf.IsCustom(dag.Spec))
            return read(null);
        if (custom is null)
            throw new RefusedException($"the schedule of '{dag.Spec.Id}' is code of its assembly, which this console does not load. Use the command line: {instead}");
        custom.Sweep();
        try
        {
            return await custom.ReadAsync([dag.VersionId], schedules => read(schedules(dag.VersionId)));
        }
        catch (Exception e) when (e is not (StoreUnavailableException or ScheduleException or RefusedException))
        {
            // Whatever foreign code does while it is loaded is told in one line.
            throw new RefusedException($"the schedule of '{dag.Spec.Id}' is code of its assembly, which cannot be loaded here: {e.Message}");
        }
    }
}
