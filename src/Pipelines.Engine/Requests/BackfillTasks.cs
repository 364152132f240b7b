using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Requests;

/// <summary>
/// The tasks that a backfill of some tasks runs. The others are left out: in runs that it makes they are skipped and nothing waits for them; in runs that are run again
/// they stay as they were.
/// </summary>
public static class BackfillTasks
{
    /// <summary>Those asked for, with all below if asked, and the setups and teardowns that belong to them; null: the whole DAG.</summary>
    /// <param name="spec">The DAG's graph.</param>
    /// <param name="backfill">What was asked for; its tasks are in the graph.</param>
    /// <exception cref="RefusedException">A task takes the output of one that is left out, and there are dates that have no run to take it from; or a task is unknown.</exception>
    /// <example><code>BackfillTasks.Of(spec, backfill with { Tasks = ["load"], Downstream = true })</code></example>
    public static IReadOnlyList<string>? Of(DagSpec spec, NewBackfill backfill)
    {
        if (backfill.Tasks is not { Count: > 0 } asked)
            return null;
        if (asked.FirstOrDefault(id => spec.Tasks.All(task => task.Id != id)) is { } unknown)
            throw new RefusedException($"in the DAG '{spec.Id}' {UnknownName.Message("task", unknown, [.. spec.Tasks.Select(task => task.Id)])}");
        var tasks = ClearSet.Of(0, spec, [.. asked.Distinct()], -1, backfill.Downstream, upstream: false).Select(key => spec.Tasks[key.TaskNo]).ToList();
        var ids = tasks.Select(task => task.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var task in backfill.MakesRuns ? tasks : [])
        {
            if (task.Inputs.Select(input => input.TrimEnd('[', ']')).Append(task.Over).FirstOrDefault(input => input is not null && !ids.Contains(input)) is { } missing)
                throw new RefusedException(
                    $"the task '{task.Id}' takes the output of '{missing}', which is no part of the backfill, and there are dates without a run to take it from. "
                    + $"Add --task {missing}, or choose days that all have a run, with --existing all");
        }

        return [.. tasks.Select(task => task.Id)];
    }
}
