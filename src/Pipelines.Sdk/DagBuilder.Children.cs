using System.Reflection;

namespace Pipelines;

/// <content>Tasks that start runs of other DAGs: child runs, by the name of their DAG, whoever's it is.</content>
public sealed partial class DagBuilder
{
    /// <summary>
    /// Starts a run of another DAG, once, whatever is lost or restarted meanwhile, and waits for its end: it succeeds when that run does and fails when it fails or is cancelled. The output is
    /// the run's number. The run has this run's data interval. It is named <c>run_dag</c>. When this run is cancelled or fails before it, or the task is cleared, marked or over its
    /// <see cref="TaskNode{T}.Timeout(TimeSpan)"/>, the other run is cancelled: <see cref="TaskNode{T}.OnParentClose"/> says otherwise. Clearing the task starts another one.
    /// </summary>
    /// <param name="dag">The other DAG's id.</param>
    /// <param name="arguments">The output that is the run's arguments, an object; null: none.</param>
    /// <param name="wait">False: it succeeds as soon as the run is made, and that goes on whatever becomes of this one.</param>
    /// <param name="id">Its id, where it is not to be <c>run_dag</c>.</param>
    /// <exception cref="DagDefinitionException">The output belongs to another DAG. At load: a DAG that waits for runs of its own.</exception>
    /// <example>
    /// <code>
    /// var archived = dag.Run("archive", dag.Task(FindOldMonths)).Timeout(TimeSpan.FromHours(6));
    /// dag.Run("statistics").OnParentClose(ParentClosePolicy.Abandon);
    /// </code>
    /// </example>
    public TaskNode<long> Run(string dag, IOutput? arguments = null, bool wait = true, string? id = null) => Child<long>(dag, null, arguments, wait, id);

    /// <summary>The same; the output is what a task of that run has returned.</summary>
    /// <param name="dag">The other DAG's id.</param>
    /// <param name="result">The task of the other DAG whose output this is; of a mapped one the list of its elements' outputs. Where it returned nothing, this task fails.</param>
    /// <param name="arguments">The output that is the run's arguments, an object; null: none.</param>
    /// <param name="id">Its id, where it is not to be <c>run_dag</c>.</param>
    /// <typeparam name="T">What the other task returns, as this DAG reads its JSON.</typeparam>
    /// <exception cref="DagDefinitionException">The output belongs to another DAG. At load: a DAG that waits for runs of its own.</exception>
    /// <example><code>dag.Task(Report, dag.Run&lt;Invoice>("billing_close", result: "issue", dag.Task(Month)));</code></example>
    public TaskNode<T> Run<T>(string dag, string result, IOutput? arguments = null, string? id = null) =>
        Child<T>(dag, CheckName("task", result, id ?? $"run_{dag}"), arguments, wait: true, id);

    /// <summary>The same, for a DAG whose class is at hand.</summary>
    /// <typeparam name="TDag">The other DAG.</typeparam>
    /// <exception cref="DagDefinitionException">The class has no <see cref="DagAttribute"/>.</exception>
    /// <example><code>dag.Run&lt;Cleanup&gt;(wait: false);</code></example>
    public TaskNode<long> Run<TDag>(bool wait = true, string? id = null)
        where TDag : Dag => Run(IdOf(typeof(TDag)), null, wait, id);

    /// <summary>The same, with arguments of the type that the other DAG takes.</summary>
    /// <typeparam name="TDag">The other DAG.</typeparam>
    /// <typeparam name="TArguments">Its arguments.</typeparam>
    /// <exception cref="DagDefinitionException">The class has no <see cref="DagAttribute"/>.</exception>
    /// <example><code>dag.Run&lt;Archive, Months&gt;(dag.Task(FindOldMonths));</code></example>
    public TaskNode<long> Run<TDag, TArguments>(IOutput<TArguments> arguments, bool wait = true, string? id = null)
        where TDag : Dag<TArguments>
        where TArguments : class => Run(IdOf(typeof(TDag)), arguments, wait, id);

    private TaskNode<T> Child<T>(string dag, string? result, IOutput? arguments, bool wait, string? id)
    {
        id ??= $"run_{dag}";
        CheckName("DAG", dag, id);
        var node = Wait<T>(id, new WaitSpec { Kind = WaitKind.Run, Dag = dag, Detached = !wait, Result = result, ParentClose = wait ? ParentClosePolicy.Cancel : ParentClosePolicy.Abandon });
        if (arguments is not null && Find(node.TaskId) is { } task)
            task.Spec = task.Spec with { Wait = task.Spec.Wait! with { Arguments = Connect(task, arguments, verb: "takes the output of").Id + (arguments is IMapElement ? "[]" : "") } };
        return node;
    }

    private static string IdOf(Type dag) => dag.GetCustomAttribute<DagAttribute>()?.Id
        ?? throw new DagDefinitionException($"The class {dag.Name} has no [Dag] attribute, so it names no DAG. Give Run the DAG's id: dag.Run(\"id\").");
}
