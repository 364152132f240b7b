using System.Text.Json;

namespace Pipelines.Testing;

/// <content>Queues that nobody serves.</content>
public sealed partial class DagTest
{
    private readonly HashSet<string> _unserved = [];

    /// <summary>No worker serves these queues: their tasks are never taken, and fail by their queue timeout. Every other queue is served at once.</summary>
    /// <param name="queues">The queues.</param>
    /// <example><code>var run = await DagTest.For(new TrainingDag()).WithoutWorkers("gpu").RunAsync();</code></example>
    public DagTest WithoutWorkers(params ReadOnlySpan<string> queues)
    {
        foreach (var queue in queues)
            _unserved.Add(queue);
        return this;
    }
}

/// <content>What bodies have told.</content>
public sealed partial class DagTestRun
{
    /// <summary>What a task has told by a name (<see cref="TaskContext.SetValueAsync{T}"/>).</summary>
    /// <exception cref="InvalidOperationException">It has told nothing by this name; the message names what it has.</exception>
    /// <example><code>Assert.Equal(12, run.Value&lt;int>("load", "rows"));</code></example>
    public T Value<T>(string taskId, string name) => this[taskId].Value<T>(name);
}

/// <content>What the body has told.</content>
public sealed partial class DagTestTask
{
    private readonly IReadOnlyDictionary<string, byte[]> _values;

    /// <summary>How far it said that it is, last; null: it said nothing.</summary>
    public double? Percent { get; }

    /// <summary>The names of what it has told (<see cref="TaskContext.SetValueAsync{T}"/>).</summary>
    public IReadOnlyCollection<string> Values => [.. _values.Keys];

    /// <summary>What it has told by a name.</summary>
    /// <exception cref="InvalidOperationException">It has told nothing by this name; the message names what it has.</exception>
    /// <example><code>Assert.Equal(12, run["load"].Value&lt;int>("rows"));</code></example>
    public T Value<T>(string name) => _values.TryGetValue(name, out var json)
        ? JsonSerializer.Deserialize<T>(json, OutputJson.Options)!
        : throw new InvalidOperationException($"{this}: it has told no value '{name}'. It has: {(_values.Count == 0 ? "none" : string.Join(", ", _values.Keys))}.");
}
