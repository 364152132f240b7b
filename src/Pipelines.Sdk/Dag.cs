using System.Text.Json;

namespace Pipelines;

/// <summary>
/// A DAG: a class whose <see cref="Define"/> wires its tasks and whose methods are their bodies.
/// A public, non-abstract class with <see cref="DagAttribute"/> in a dropped assembly becomes a DAG of that id.
/// </summary>
/// <example>
/// <code>
/// [Dag("hello", Cron = "0 6 * * *")]
/// public sealed class Hello : Dag
/// {
///     public override void Define(DagBuilder dag)
///     {
///         var name = dag.Task(ReadName);
///         dag.Task(Greet, name).Retry(3, TimeSpan.FromSeconds(30));
///     }
///
///     public string ReadName() => "world";
///     public void Greet(string name, TaskContext context) => context.Logger.LogInformation("Hello {Name}", name);
/// }
/// </code>
/// </example>
public abstract class Dag
{
    /// <summary>
    /// Wires the tasks. It must be pure: it runs twice when the assembly is loaded and must give the same graph within
    /// 2 seconds, and once more on a fresh instance for every attempt.
    /// </summary>
    public abstract void Define(DagBuilder dag);

    internal virtual Type? ArgumentsType => null;

    internal virtual void Bind(ReadOnlyMemory<byte> arguments)
    {
    }
}

/// <summary>A DAG whose runs take typed arguments; members that a run leaves out have their defaults.</summary>
/// <typeparam name="TArguments">A record or class that System.Text.Json reads, with a default for every member that a run may leave out.</typeparam>
/// <example>
/// <code>
/// public sealed record Range(int Days = 1);
///
/// [Dag("report")]
/// public sealed class Report : Dag&lt;Range>
/// {
///     public override void Define(DagBuilder dag) => dag.Task(CountHours);
///
///     public int CountHours() => Arguments.Days * 24;
/// }
/// </code>
/// </example>
public abstract class Dag<TArguments> : Dag
    where TArguments : class
{
    private TArguments? _arguments;

    /// <summary>The arguments of the run whose attempt this instance serves.</summary>
    /// <exception cref="InvalidOperationException">Read in <see cref="Dag.Define"/> or a constructor: a graph must not depend on a run.</exception>
    protected TArguments Arguments => _arguments ?? throw new InvalidOperationException(
        "Arguments belong to a run: read them in a task's body, not in Define or the constructor.");

    internal override Type ArgumentsType => typeof(TArguments);

    internal override void Bind(ReadOnlyMemory<byte> arguments) =>
        _arguments = JsonSerializer.Deserialize<TArguments>(arguments.IsEmpty ? "{}"u8 : arguments.Span, OutputJson.Options);
}
