using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipelines.Engine.Ports;
using Pipelines.Testing.Model;

namespace Pipelines.Testing;

/// <summary>How a run under test has ended.</summary>
public sealed partial class DagTestRun
{
    private readonly byte[]? _continuation;

    internal DagTestRun(DagSpec spec, MemoryRunner runner, TimeSpan took)
    {
        _continuation = runner.Continuation;
        State = RunState.Word(runner.Run.State);
        Took = took;
        Tasks = [.. runner.Run.Rows.Select(row => new DagTestTask(row, runner))];
        DagId = spec.Id;
        Started = [.. runner.Started.Select(run => new DagTestStarted(run))];
    }

    /// <summary>The DAG's id.</summary>
    public string DagId { get; }

    /// <summary>succeeded or failed.</summary>
    public string State { get; }

    /// <summary>Whether the run succeeded; failures that a task below handled do not fail it.</summary>
    public bool Succeeded => State == "succeeded";

    /// <summary>How long it took by the test's clock: waits for retries and timeouts, and what bodies waited for by that clock.</summary>
    public TimeSpan Took { get; }

    /// <summary>All tasks, in the order of definition.</summary>
    public IReadOnlyList<DagTestTask> Tasks { get; }

    /// <summary>The runs of other DAGs that it has started.</summary>
    public IReadOnlyList<DagTestStarted> Started { get; }

    /// <summary>A task by its id.</summary>
    /// <exception cref="ArgumentException">The DAG has no such task; the message names those it has.</exception>
    public DagTestTask this[string taskId] => Tasks.FirstOrDefault(task => task.Id == taskId)
        ?? throw new ArgumentException($"'{DagId}' has no task '{taskId}'. It has: {string.Join(", ", Tasks.Select(task => task.Id))}.", nameof(taskId));

    /// <summary>What a task returned; of a mapped task, the list of what its elements returned that succeeded.</summary>
    /// <exception cref="InvalidOperationException">The task did not succeed, or returns nothing.</exception>
    public T Output<T>(string taskId) => this[taskId].Output<T>();

    /// <summary>Whether another run goes on from this one (<see cref="TaskContext.ContinueAsNewAsync{T}"/>).</summary>
    public bool Continued => _continuation is not null;

    /// <summary>The arguments of the run that goes on from this one.</summary>
    /// <typeparam name="T">The DAG's arguments type.</typeparam>
    /// <exception cref="InvalidOperationException">None does: the run has not succeeded, or no task that succeeded has said so.</exception>
    /// <example>
    /// <code>
    /// var run = await DagTest.For(new SubscriptionDag()).WithArguments(new Subscription("ann", Month: 1)).RunAsync();
    /// Assert.Equal(2, run.ContinuedWith&lt;Subscription&gt;().Month);
    /// </code>
    /// </example>
    public T ContinuedWith<T>() => _continuation is not null
        ? JsonSerializer.Deserialize<T>(_continuation, OutputJson.Options)!
        : throw new InvalidOperationException($"No run goes on from this one: no task that succeeded in a run that succeeded has called ContinueAsNewAsync.\n{this}");

    /// <summary>The run as text, a line a task: what a failed assertion should show.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{DagId} {State} after {Took}");
        foreach (var task in Tasks.SelectMany(task => task.Elements.Prepend(task)))
            text.Append('\n').Append(task);
        return text.ToString();
    }
}

/// <summary>How a task of a run under test has ended.</summary>
public sealed partial class DagTestTask
{
    private readonly byte[]? _output;
    private readonly int _mapIndex;

    internal DagTestTask(ModelInstance instance, MemoryRunner runner)
    {
        (Id, State, Attempts, Why, _mapIndex) = (instance.Task.Spec.Id, TaskState.Word(instance.State), instance.Attempt, instance.Why, instance.Key.MapIndex);
        Elements = [.. instance.Elements.Where(element => element.State != 'x').Select(element => new DagTestTask(element, runner))];
        Log = runner.Logs.TryGetValue(instance.Key, out var lines) ? [.. lines] : [];
        var told = runner.Values.GetValueOrDefault(instance.Key);
        (_values, Percent) = (told?.All() ?? new Dictionary<string, byte[]>(), told?.Progress?.Percent);
        _output = instance.Task.Spec.Mapped && !instance.IsElement
            ? Encoding.UTF8.GetBytes($"[{string.Join(',', Elements.Where(element => element.State == "succeeded").Select(element => element._output is { } json ? Encoding.UTF8.GetString(json) : "null"))}]")
            : runner.Outputs.GetValueOrDefault(instance.Key) ?? runner.OfWait(instance);
    }

    /// <summary>The task's id.</summary>
    public string Id { get; }

    /// <summary>succeeded, failed, skipped, upstream failed or cancelled.</summary>
    public string State { get; }

    /// <summary>How often its body ran; of a mapped task see <see cref="Elements"/>.</summary>
    public int Attempts { get; }

    /// <summary>Why it did not succeed, in one line; null: it did, or there is nothing to say.</summary>
    public string? Why { get; }

    /// <summary>Of a mapped task its instances, in the order of the list.</summary>
    public IReadOnlyList<DagTestTask> Elements { get; }

    /// <summary>What it logged, over all attempts: <c>Information: 12 rows</c>.</summary>
    public IReadOnlyList<string> Log { get; }

    /// <summary>What the body returned.</summary>
    /// <exception cref="InvalidOperationException">It did not succeed, or returns nothing.</exception>
    public T Output<T>() => State == "succeeded" && _output is not null
        ? JsonSerializer.Deserialize<T>(_output, OutputJson.Options)!
        : throw new InvalidOperationException($"{this}: it has no output.");

    /// <summary>The task as a line.</summary>
    public override string ToString() =>
        $"{(_mapIndex < 0 ? Id : FormattableString.Invariant($"{Id}[{_mapIndex}]"))} {State}{(Why is null ? "" : $": {Why}")}";
}

/// <summary>A run of another DAG that a run under test has started.</summary>
public sealed class DagTestStarted
{
    private readonly byte[]? _arguments;

    internal DagTestStarted(MemoryChild child) => (TaskId, DagId, Cancelled, _arguments) = (child.TaskId, child.DagId, child.Cancelled, child.Arguments);

    /// <summary>The task that started it.</summary>
    public string TaskId { get; }

    /// <summary>The other DAG.</summary>
    public string DagId { get; }

    /// <summary>Whether it was cancelled with what has started it (<see cref="ParentClosePolicy"/>): of a DAG whose runs the test says never end (<see cref="DagTest.WithRunsOf"/>).</summary>
    public bool Cancelled { get; }

    /// <summary>Its arguments.</summary>
    /// <exception cref="InvalidOperationException">It was given none.</exception>
    public T Arguments<T>() => JsonSerializer.Deserialize<T>(
        _arguments ?? throw new InvalidOperationException($"Task '{TaskId}' started a run of '{DagId}' without arguments."), OutputJson.Options)!;
}
