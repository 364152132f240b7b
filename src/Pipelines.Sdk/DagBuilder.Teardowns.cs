namespace Pipelines;

/// <content>Teardowns. What they wait for is known when Define has ended.</content>
public sealed partial class DagBuilder
{
    internal void TearDown(TaskDefinition teardown, ReadOnlySpan<IOutput> setups)
    {
        if (setups.IsEmpty)
            throw new DagDefinitionException($"Task '{teardown.Id}': TeardownOf needs a setup: dag.Task(Drop, cluster).TeardownOf(cluster).");
        if (teardown.IsCallback)
            throw new DagDefinitionException($"Task '{teardown.Id}' is a callback and cannot be a teardown.");
        if (teardown.Spec.Mapped)
            throw new DagDefinitionException($"Task '{teardown.Id}' is mapped and cannot be a teardown. Take the setups' list, and take down all of it in one task.");
        teardown.Spec = teardown.Spec with { Role = TaskRole.Teardown };
        foreach (var setup in setups)
            teardown.Setups.Add(Connect(teardown, setup, verb: "is the teardown of").Id);
        foreach (var edge in teardown.Upstreams.ToList())
        {
            var isSetup = teardown.Setups.Contains(edge.Task);
            if (!isSetup && teardown.Spec.Inputs.Contains(edge.Task))
                throw new DagDefinitionException($"The teardown '{teardown.Id}' takes the output of '{edge.Task}', which is not one of its setups. Name it in TeardownOf, or don't take it.");
            teardown.Count(edge.Task, isSetup ? EdgeKind.Outcome : EdgeKind.Wait);
        }
    }

    /// <summary>
    /// Lets each teardown wait for all the work on its setups: what depends on one and is defined above. Its last tasks alone would not do, for they may
    /// be decided while work above them still runs. What is defined below might run when the setup is gone already.
    /// </summary>
    private void FinishTeardowns()
    {
        var teardowns = _tasks.FindAll(task => task.Role == TaskRole.Teardown);
        foreach (var teardown in teardowns)
        {
            foreach (var task in Below(teardown.Setups, upTo: teardown.Number))
                teardown.AddUpstream(task.Id, null, EdgeKind.Wait);
        }

        foreach (var teardown in teardowns)
        {
            var work = Below(teardown.Setups, upTo: teardown.Number).Select(task => task.Id).ToHashSet();
            var after = Below([teardown.Id], upTo: _tasks.Count).ToHashSet();
            foreach (var late in Below(teardown.Setups, upTo: _tasks.Count).Where(task => task.Number > teardown.Number))
            {
                // Another teardown of the same setup may follow; one of a setup in between has to come first.
                if (late.Role == TaskRole.Teardown ? late.Setups.Overlaps(work) : !after.Contains(late))
                    throw new DagDefinitionException(
                        $"Task '{late.Id}' depends on '{string.Join("', '", teardown.Setups)}' and is defined below the teardown '{teardown.Id}', which may have taken it down. "
                        + $"Define '{late.Id}' above '{teardown.Id}'{(late.Role == TaskRole.Teardown ? "" : $", or let it run after '{teardown.Id}' (.After)")}.");
            }
        }
    }

    /// <summary>Tasks and teardowns that depend on one of these, however far below, without these themselves; in the order of definition.</summary>
    private List<TaskDefinition> Below(HashSet<string> tops, int upTo)
    {
        var below = new List<TaskDefinition>();
        var known = new HashSet<string>(tops);
        foreach (var task in _tasks.Take(upTo))
        {
            if (!task.IsCallback && !tops.Contains(task.Id) && task.Upstreams.Any(edge => known.Contains(edge.Task)))
            {
                known.Add(task.Id);
                below.Add(task);
            }
        }

        return below;
    }
}
