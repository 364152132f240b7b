using System.Text.Json.Nodes;

namespace Pipelines.Testing.Model;

/// <summary>A DAG's graph by numbers, seen from both ends of its edges.</summary>
internal sealed class ModelGraph
{
    public ModelGraph(DagSpec spec)
    {
        Spec = spec;
        var numbers = spec.Tasks.Select((task, no) => (task.Id, no)).ToDictionary(t => t.Id, t => t.no, StringComparer.Ordinal);
        Tasks = [.. spec.Tasks.Select((task, no) => new ModelTask(no, task, task.Over is { } over ? numbers[over] : null))];
        foreach (var task in Tasks)
        {
            foreach (var edge in task.Spec.Upstreams)
            {
                var made = new ModelEdge(Tasks[numbers[edge.Task]], task, edge.Kind, edge.When);
                made.Up.Below.Add(made);
                (edge.Kind == EdgeKind.Index ? task.AboveByIndex : task.Above).Add(made);
            }
        }
    }

    public DagSpec Spec { get; }

    public IReadOnlyList<ModelTask> Tasks { get; }
}

/// <summary>A task of the graph.</summary>
/// <param name="no">Its number.</param>
/// <param name="spec">What its author said.</param>
/// <param name="overNo">The task whose list it is mapped over.</param>
internal sealed class ModelTask(int no, TaskSpec spec, int? overNo)
{
    public int No { get; } = no;

    public TaskSpec Spec { get; } = spec;

    public int? OverNo { get; } = overNo;

    /// <summary>What its own row waits for.</summary>
    public List<ModelEdge> Above { get; } = [];

    /// <summary>What element i waits for: element i of these.</summary>
    public List<ModelEdge> AboveByIndex { get; } = [];

    public List<ModelEdge> Below { get; } = [];

    /// <summary>The rule that the author gave, or its role.</summary>
    public int Rule { get; } = Rules.Of(spec);

    /// <summary>The rule of its own row: in a mapped group the elements keep the author's.</summary>
    public int RowRule => AboveByIndex.Count > 0 ? (int)TriggerRule.AllSuccess : Rule;

    public bool IsRunCallback => Rule is Rules.RunFailed or Rules.RunSucceeded or Rules.Undo;

    /// <summary>Whether elements are held back, to be let go one for one.</summary>
    public int HeldBackFrom => AboveByIndex.Count == 0 && Spec.MaxParallel is { } most ? most : int.MaxValue;
}

/// <summary>An edge: what <paramref name="Down"/> waits for.</summary>
internal sealed record ModelEdge(ModelTask Up, ModelTask Down, EdgeKind Kind, JsonNode? When)
{
    /// <summary>Whether the upstream succeeded with another value than the condition asks for.</summary>
    public bool Refuses(ModelInstance up) => When is not null && up.State == 's' && !JsonNode.DeepEquals(When, up.Output);
}
