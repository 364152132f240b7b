using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>A version that an attempt runs, kept loaded until this is disposed.</summary>
internal readonly record struct VersionUse(LoadedVersion Version, IDisposable Use) : IDisposable
{
    public void Dispose() => Use.Dispose();
}

/// <summary>A version that attempts can run.</summary>
internal sealed class LoadedVersion
{
    private readonly HashSet<int> _takenByIndex;

    public LoadedVersion(int id, DagSpec spec, LoadedAssembly assembly)
    {
        var number = spec.Tasks.Select((task, no) => (task.Id, no)).ToDictionary(pair => pair.Id, pair => pair.no);
        (Id, Spec, Assembly) = (id, spec, assembly);
        Inputs = [.. spec.Tasks.Select(task => task.Inputs.Select(input => TaskInput.Of(task, input, number)).ToArray())];
        Shapes = [.. spec.Tasks.Select(task => PayloadShape.OfOutput(spec, task.Id))];
        CallbackOf = [.. spec.Tasks.Select(task => task is { Role: TaskRole.OnFailure or TaskRole.OnSuccess, Upstreams: [var of] } ? number[of.Task] : (int?)null)];
        _takenByIndex = [.. Inputs.SelectMany(inputs => inputs).Where(input => input.Kind == InputKind.SameIndex).Select(input => input.TaskNo)];
    }

    public int Id { get; }

    public DagSpec Spec { get; }

    public LoadedAssembly Assembly { get; }

    /// <summary>Of each task, where its body's arguments come from.</summary>
    public TaskInput[][] Inputs { get; }

    /// <summary>Of each task, how its output is encoded.</summary>
    public PayloadShape[] Shapes { get; }

    /// <summary>Of each task whose callback it is; null: it is none, or one of the run.</summary>
    public int?[] CallbackOf { get; }

    public IDisposable? TryUse() => Assembly.TryUse();

    public AsyncServiceScope CreateScope() => Assembly.CreateScope();

    public Dag CreateDag(IServiceScope scope) => Assembly.Create(Spec.Type, scope);

    /// <summary>Whether an output is worth keeping at hand: that of an element is where the next task of its mapped group takes it.</summary>
    public bool Keeps(InstanceKey key) => key.MapIndex < 0 || _takenByIndex.Contains(key.TaskNo);
}

/// <summary>Where an argument comes from.</summary>
/// <param name="TaskNo">The upstream.</param>
/// <param name="Kind">Which part of its output.</param>
internal readonly record struct TaskInput(int TaskNo, InputKind Kind)
{
    public static TaskInput Of(TaskSpec task, string input, Dictionary<string, int> number) =>
        input.EndsWith("[]", StringComparison.Ordinal) ? new(number[input[..^2]], InputKind.Element)
        : task.Upstreams.Any(edge => edge.Task == input && edge.Kind == EdgeKind.Index) ? new(number[input], InputKind.SameIndex)
        : new(number[input], InputKind.Whole);

    /// <summary>The instance whose output an instance of that index needs.</summary>
    public InstanceKey KeyFor(InstanceKey key) => new(key.RunId, TaskNo, Kind == InputKind.SameIndex ? key.MapIndex : -1);
}

/// <summary>Which part of an upstream's output an argument is.</summary>
internal enum InputKind
{
    Whole,

    /// <summary>The element of a list at the instance's index.</summary>
    Element,

    /// <summary>In a mapped group, the output of the upstream's instance of the same index.</summary>
    SameIndex,
}
