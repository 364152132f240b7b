using System.Text.Json.Nodes;

namespace Pipelines;

/// <summary>What an attempt runs: reads its inputs, calls the author's method, gives its output as JSON; null: it has none.</summary>
internal delegate Task<byte[]?> TaskBody(ITaskInputs inputs, TaskContext context);

/// <summary>A node while <see cref="Dag.Define"/> runs: its data, and the body that never leaves the instance it was built for.</summary>
/// <param name="spec">Its data so far.</param>
/// <param name="number">Its place in the order of definition.</param>
/// <param name="scope">The mapped group it belongs to; null: none.</param>
/// <param name="body">What its attempts run.</param>
internal sealed class TaskDefinition(TaskSpec spec, int number, MapScope? scope, TaskBody body)
{
    private readonly OrderedDictionary<string, EdgeSpec> _upstreams = [];
    private TaskSpec _spec = spec;
    private bool _stale;

    public string Id { get; } = spec.Id;

    public int Number { get; } = number;

    public MapScope? Scope { get; } = scope;

    public TaskBody Body { get; } = body;

    public TaskRole Role => _spec.Role;

    public bool IsCallback => Role is TaskRole.OnFailure or TaskRole.OnSuccess or TaskRole.Undo;

    /// <summary>With all upstreams so far: they are many where a task gathers thousands, so the list is made when it is asked for.</summary>
    public TaskSpec Spec
    {
        get
        {
            if (_stale)
                _spec = _spec with { Upstreams = [.. _upstreams.Values] };
            _stale = false;
            return _spec;
        }
        set => _spec = value;
    }

    public IList<EdgeSpec> Upstreams => _upstreams.Values;

    /// <summary>What a teardown takes down.</summary>
    public HashSet<string> Setups { get; } = [];

    /// <summary>Adds an edge; one that is there already gets the condition.</summary>
    public void AddUpstream(string upstream, JsonNode? when, EdgeKind kind)
    {
        _stale = true;
        if (!_upstreams.TryGetValue(upstream, out var known))
            _upstreams.Add(upstream, new EdgeSpec(upstream, when, kind));
        else if (when is not null && known.When is not null)
            throw new DagDefinitionException($"Task '{Id}' has two conditions on '{upstream}'; let '{upstream}' return a value that says both.");
        else if (when is not null)
            _upstreams[upstream] = known with { When = when };
    }

    /// <summary>How an edge that is there counts.</summary>
    public void Count(string upstream, EdgeKind kind)
    {
        _stale = true;
        _upstreams[upstream] = _upstreams[upstream] with { Kind = kind };
    }
}

/// <summary>A mapped group: its tasks have one instance an element of the list.</summary>
/// <param name="name">For the errors.</param>
/// <param name="list">The task that returns the list.</param>
internal sealed class MapScope(string name, string list)
{
    public string Name { get; } = name;

    public string List { get; } = list;
}

/// <summary>The element that a mapped group's tasks take.</summary>
internal sealed class MapElement<T>(MapScope scope) : IOutput<T>, IMapElement
{
    public string TaskId => scope.List;

    public MapScope Scope => scope;
}

/// <summary>Of any type of element.</summary>
internal interface IMapElement
{
    MapScope Scope { get; }
}

/// <summary>A handle that may stand for all elements of a mapped group's task at once: what MapGroup gives back.</summary>
internal interface IWholeHandle
{
    bool Whole { get; }
}

/// <summary>The arguments of a body, read from the outputs of its upstreams.</summary>
internal interface ITaskInputs
{
    /// <summary>The argument as the body takes it; the type's default when its upstream has no output.</summary>
    T Read<T>(int index);

    /// <summary>The argument's JSON as it is stored; null when its upstream has no output.</summary>
    byte[]? Raw(int index);
}
