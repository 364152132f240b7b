using System.Collections.Concurrent;
using System.Text;

namespace Pipelines;

/// <summary>
/// Takes the graph from <see cref="Dag.Define"/>. A task's id is its method's name in snake_case, or a leading string;
/// its inputs are other tasks' outputs. A handle must exist before it is used, so there is no way to write a cycle.
/// </summary>
public sealed partial class DagBuilder
{
    private static readonly ConcurrentDictionary<string, string> SnakeCase = new();
    private const int MaxTasks = 25_000;
    private readonly List<TaskDefinition> _tasks = [];
    private readonly Dictionary<string, TaskDefinition> _byId = [];
    private Func<TaskSpec, TaskSpec> _defaults = spec => spec;

    internal DagBuilder()
    {
    }

    internal IReadOnlyList<TaskDefinition> Tasks => _tasks;

    internal TaskDefinition? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Policies of the tasks defined after this call, where they don't set their own.</summary>
    /// <example><code>dag.Defaults(retry: new RetryPolicy { Retries = 3 }, timeout: TimeSpan.FromMinutes(10));</code></example>
    public DagBuilder Defaults(RetryPolicy? retry = null, TimeSpan? timeout = null, string? pool = null, int priority = 0, string queue = "default")
    {
        retry?.Check("defaults");
        if (timeout <= TimeSpan.Zero)
            throw new DagDefinitionException($"Defaults: a timeout must be longer than zero, not {timeout}.");
        if (priority is < -100 or > 100)
            throw new DagDefinitionException($"Defaults: the priority must be -100 to 100, not {priority}.");
        if (pool is not null)
            CheckName("pool", pool, "defaults");
        CheckName("queue", queue, "defaults");
        _defaults = spec => spec with
        {
            Retry = retry ?? RetryPolicy.None, AttemptTimeout = timeout, Pool = pool, Priority = priority, Queue = queue,
        };
        return this;
    }

    /// <summary>The order of definition is the order in which tasks may run: an edge that points back could close a cycle.</summary>
    internal void CheckUpstream(string task, string upstream)
    {
        if (!_byId.TryGetValue(upstream, out var above))
            throw new DagDefinitionException($"Task '{task}' is to run after '{upstream}', which belongs to another DAG.");
        if (task == upstream)
            throw new DagDefinitionException($"Task '{task}' is to run after itself.");
        if (above.Number > _byId[task].Number)
            throw new DagDefinitionException($"Task '{task}' is to run after '{upstream}', which is defined below it. Define '{upstream}' first.");
    }

    internal static string CheckName(string what, string name, string task)
    {
        if (name.Length is 0 or > 100 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            throw new DagDefinitionException(
                $"Task '{task}': the {what} name '{name}' must be 1 to 100 letters, digits, '_', '-' or '.' (ASCII).");
        return name;
    }

    private TaskNode<T> Add<T>(string id, Delegate body, Func<ITaskInputs, TaskContext, Task<byte[]?>> run, params ReadOnlySpan<IOutput> inputs) =>
        Add<T>(id, body, run, mapped: false, inputs);

    private TaskNode<T> Add<T>(string id, Delegate body, Func<ITaskInputs, TaskContext, Task<byte[]?>> run, bool mapped, params ReadOnlySpan<IOutput> inputs)
    {
        CheckName("task", id, id);
        if (typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(ValueTask<>) || typeof(T) == typeof(ValueTask))
            throw new DagDefinitionException($"Task '{id}' returns a ValueTask; return a Task instead.");
        var ids = new string[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            ids[i] = inputs[i].TaskId;
            if (!_byId.ContainsKey(ids[i]))
                throw new DagDefinitionException($"Task '{id}' takes the output of '{ids[i]}', which belongs to another DAG.");
        }

        var spec = _defaults(new TaskSpec { Id = id }) with
        {
            Code = $"{body.Method.DeclaringType?.FullName}.{body.Method.Name}",
            Inputs = mapped ? [ids[0] + "[]", .. ids[1..]] : ids,
            Upstreams = [.. ids.Distinct().Select(upstream => new EdgeSpec(upstream))],
            Over = mapped ? ids[0] : null,
        };
        if (_tasks.Count == MaxTasks)
            throw new DagDefinitionException(FormattableString.Invariant(
                $"The DAG has more than {MaxTasks:N0} tasks, the limit. Map one task over a list (dag.Map), or split the DAG."));
        var task = new TaskDefinition(spec, this, _tasks.Count, run);
        if (!_byId.TryAdd(id, task))
            throw new DagDefinitionException(
                $"Two tasks have the id '{id}'. Give one of them an id of its own: dag.Task(\"another_{id}\", ...).");
        _tasks.Add(task);
        return new TaskNode<T>(task);
    }

    private static string IdOf(Delegate body) => body.Method.Name.Contains('<', StringComparison.Ordinal)
        ? throw new DagDefinitionException("A lambda has no name to make a task id from; give one: dag.Task(\"my_task\", ...).")
        : SnakeCase.GetOrAdd(body.Method.Name, ToSnakeCase);

    private static string ToSnakeCase(string name)
    {
        var id = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            var startsWord = char.IsUpper(name[i]) && i > 0
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]))) && name[i - 1] != '_';
            if (startsWord)
                id.Append('_');
            id.Append(char.ToLowerInvariant(name[i]));
        }

        const string Async = "_async";
        var text = id.ToString();
        return text.EndsWith(Async, StringComparison.Ordinal) && text.Length > Async.Length ? text[..^Async.Length] : text;
    }

    private static Task<byte[]?> Written<T>(T value) => System.Threading.Tasks.Task.FromResult<byte[]?>(OutputJson.Write(value));

    private static async Task<byte[]?> Written<T>(Task<T> value) => OutputJson.Write(await value.ConfigureAwait(false));

    private static async Task<byte[]?> Nothing(Task done)
    {
        await done.ConfigureAwait(false);
        return null;
    }

    private static Task<byte[]?> Nothing() => System.Threading.Tasks.Task.FromResult<byte[]?>(null);
}
