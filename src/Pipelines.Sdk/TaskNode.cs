using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines;

/// <summary>A task of the graph under definition: the handle on its output, and where its policies are set.</summary>
/// <typeparam name="T">What its body returns.</typeparam>
public sealed class TaskNode<T> : IOutput<T>
{
    private readonly TaskDefinition _task;

    internal TaskNode(TaskDefinition task) => _task = task;

    /// <inheritdoc/>
    public string TaskId => _task.Spec.Id;

    /// <summary>Runs after these tasks, without taking data from them.</summary>
    public TaskNode<T> After(params IOutput[] upstreams)
    {
        foreach (var upstream in upstreams)
            _task.AddUpstream(upstream.TaskId, null);
        return this;
    }

    /// <summary>Runs only when <paramref name="choice"/> returns <paramref name="value"/>; else this task is skipped.</summary>
    /// <example><code>dag.Task(LoadFull, clean).When(route, Route.Full);</code></example>
    public TaskNode<T> When<TChoice>(IOutput<TChoice> choice, TChoice value)
        where TChoice : notnull
    {
        _task.AddUpstream(choice.TaskId, JsonSerializer.SerializeToNode(value, OutputJson.Options)
            ?? throw new DagDefinitionException($"Task '{TaskId}': When needs a value, not null."));
        return this;
    }

    /// <summary>Tries a failed attempt again up to <paramref name="retries"/> times: after <paramref name="delay"/>, then twice that, and so on up to an hour.</summary>
    /// <param name="retries">Attempts after the first one.</param>
    /// <param name="delay">The wait before the first retry.</param>
    public TaskNode<T> Retry(int retries, TimeSpan delay) => Retry(new RetryPolicy { Retries = retries, Delay = delay });

    /// <summary>Tries a failed attempt again as the policy says.</summary>
    public TaskNode<T> Retry(RetryPolicy policy)
    {
        policy.Check(TaskId);
        return Set(spec => spec with { Retry = policy });
    }

    /// <summary>Cancels an attempt that takes longer. The attempt has failed; retries follow as usual.</summary>
    public TaskNode<T> Timeout(TimeSpan attempt) => Set(spec => spec with { AttemptTimeout = Positive(attempt) });

    /// <summary>Limits an attempt, and all attempts with their waits together.</summary>
    public TaskNode<T> Timeout(TimeSpan attempt, TimeSpan total) =>
        Set(spec => spec with { AttemptTimeout = Positive(attempt), TotalTimeout = Positive(total) });

    /// <summary>Takes a slot of this pool while it runs.</summary>
    public TaskNode<T> Pool(string name) => Set(spec => spec with { Pool = DagBuilder.CheckName("pool", name, TaskId) });

    /// <summary>Goes before ready tasks of lower priority; -100 to 100, 0 unless said.</summary>
    public TaskNode<T> Priority(int priority) => priority is >= -100 and <= 100
        ? Set(spec => spec with { Priority = priority })
        : throw new DagDefinitionException($"Task '{TaskId}': Priority must be -100 to 100, not {priority}.");

    /// <summary>Runs only on workers that serve this queue.</summary>
    public TaskNode<T> Queue(string name) => Set(spec => spec with { Queue = DagBuilder.CheckName("queue", name, TaskId) });

    /// <summary>When it runs, given how its upstreams ended; <see cref="Pipelines.TriggerRule.AllSuccess"/> unless said.</summary>
    public TaskNode<T> TriggerRule(TriggerRule rule) => Set(spec => spec with { TriggerRule = rule });

    /// <summary>Of a mapped task, how many instances of one run may run at once.</summary>
    public TaskNode<T> MaxParallel(int instances)
    {
        if (!_task.Spec.Mapped)
            throw new DagDefinitionException($"Task '{TaskId}': MaxParallel is for mapped tasks (dag.Map).");
        return instances >= 1
            ? Set(spec => spec with { MaxParallel = instances })
            : throw new DagDefinitionException($"Task '{TaskId}': MaxParallel must be 1 or more, not {instances}.");
    }

    private TaskNode<T> Set(Func<TaskSpec, TaskSpec> change)
    {
        _task.Spec = change(_task.Spec);
        return this;
    }

    private TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero
        ? time
        : throw new DagDefinitionException($"Task '{TaskId}': a timeout must be longer than zero, not {time}.");
}

/// <summary>A node while <see cref="Dag.Define"/> runs: its data, and the body that never leaves the instance it was built for.</summary>
internal sealed class TaskDefinition(TaskSpec spec, DagBuilder dag, int number, Func<ITaskInputs, TaskContext, Task<byte[]?>> body)
{
    private readonly List<EdgeSpec> _upstreams = [.. spec.Upstreams];

    public TaskSpec Spec { get; set; } = spec;

    /// <summary>Its place in the order of definition.</summary>
    public int Number { get; } = number;

    public Func<ITaskInputs, TaskContext, Task<byte[]?>> Body { get; } = body;

    public void AddUpstream(string task, JsonNode? when)
    {
        dag.CheckUpstream(Spec.Id, task);
        var known = _upstreams.FindIndex(edge => edge.Task == task);
        if (known < 0)
            _upstreams.Add(new EdgeSpec(task, when));
        else if (when is not null && _upstreams[known].When is not null)
            throw new DagDefinitionException($"Task '{Spec.Id}' has two conditions on '{task}'; let '{task}' return a value that says both.");
        else if (when is not null)
            _upstreams[known] = new EdgeSpec(task, when);
        Spec = Spec with { Upstreams = [.. _upstreams] };
    }
}

/// <summary>The arguments of a body, read from the outputs of its upstreams.</summary>
internal interface ITaskInputs
{
    T Read<T>(int index);
}
