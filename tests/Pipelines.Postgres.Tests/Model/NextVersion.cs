namespace Pipelines.Postgres.Tests.Model;

/// <summary>What an author may do to a graph: tasks are added anywhere, removed, rewired, and given other rules, pools and queues.</summary>
/// <param name="random">Where it comes from.</param>
internal sealed class NextVersion(Random random)
{
    private List<TaskSpec> _tasks = [];

    public DagSpec Of(DagSpec spec, int number)
    {
        _tasks = [.. spec.Tasks];
        for (var removed = random.Next(3) == 0 ? 1 : 0; removed > 0 && _tasks.Count(task => task.Role == TaskRole.Task) > 2; removed--)
            Remove(_tasks[random.Next(_tasks.Count)].Id);
        for (var added = random.Next(3); added > 0; added--)
            Add($"v{number}_{added}");
        for (var changed = random.Next(3); changed > 0; changed--)
            Change(random.Next(_tasks.Count));
        return spec with { Description = $"version {number}", RunTimeout = random.Next(8) == 0 ? TimeSpan.FromHours(number) : spec.RunTimeout, Tasks = _tasks };
    }

    private void Remove(string id)
    {
        _tasks.RemoveAll(task => task.Id == id);
        foreach (var (no, task) in _tasks.Index().ToList())
        {
            var above = task.Upstreams.Where(edge => edge.Task != id).ToList();
            // A list cannot be there at the run's start.
            var early = task.Over is not null && task.TriggerRule == TriggerRule.Always && above.All(edge => edge.Kind != EdgeKind.Index);
            _tasks[no] = task with { Upstreams = above, TriggerRule = early ? TriggerRule.AllDone : task.TriggerRule };
        }

        // What was mapped over it, or took down what it set up, has no meaning without it.
        while (_tasks.Find(task => task.Over is { } over && _tasks.All(other => other.Id != over)
            || task.Role == TaskRole.Teardown && task.Upstreams.All(edge => edge.Kind != EdgeKind.Outcome)) is { } lost)
            Remove(lost.Id);
    }

    /// <summary>Anywhere: after what comes before its place, and before some of what comes after.</summary>
    private void Add(string id)
    {
        var place = random.Next(_tasks.Count + 1);
        var above = _tasks.Take(place).Where(task => task.Role == TaskRole.Task && random.Next(3) == 0).Select(task => new EdgeSpec(task.Id)).Take(3).ToList();
        var over = above.Count > 0 && random.Next(5) == 0 ? above[0].Task : null;
        _tasks.Insert(place, new TaskSpec { Id = id, Over = over, Upstreams = above, TriggerRule = random.Next(3) == 0 ? TriggerRule.AllDone : TriggerRule.AllSuccess, Queue = Queue() });
        foreach (var (no, task) in _tasks.Index().Skip(place + 1).Where(pair => pair.Item.Role == TaskRole.Task && random.Next(6) == 0).ToList())
            _tasks[no] = task with { Upstreams = [.. task.Upstreams, new(id)] };
    }

    private void Change(int no)
    {
        var task = _tasks[no];
        _tasks[no] = random.Next(4) switch
        {
            0 when task.Role == TaskRole.Task && task.Wait is null => task with { Queue = Queue(), Pool = random.Next(2) == 0 ? RandomDag.Pools[random.Next(2)] : null },
            1 => task with { Priority = random.Next(-2, 3) },
            2 when task.Role == TaskRole.Task && task.Upstreams.Count > 1 && task.Over is null => task with { Upstreams = [.. task.Upstreams.Skip(1)] },
            _ when task.Role == TaskRole.Task && task.Over is null => task with { TriggerRule = (TriggerRule)random.Next(11) },
            _ => task,
        };
    }

    private string Queue() => RandomDag.Queues[random.Next(5) == 0 ? 1 : 0];
}
