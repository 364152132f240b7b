using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipelines;

/// <summary>
/// Takes the graph from <see cref="Dag.Define"/>. A task's id is its method's name in snake_case, or a leading string;
/// its inputs are other tasks' outputs. A handle must exist before it is used, so there is no way to write a cycle.
/// </summary>
public sealed partial class DagBuilder
{
    /// <summary>What a sensor's body gives for "not yet": no output is this very array.</summary>
    internal static readonly byte[] NotYet = [];

    private static readonly ConcurrentDictionary<string, string> SnakeCase = new();
    private const int MaxTasks = 25_000;
    private readonly List<TaskDefinition> _tasks = [];
    private readonly Dictionary<string, TaskDefinition> _byId = [];
    private readonly string? _only;
    private TaskBody? _body;
    private TaskDefaults _defaults = new();
    private TimeSpan? _runTimeout;
    private bool _failFast;
    private string _prefix = "";
    private MapScope? _scope;

    internal DagBuilder()
    {
    }

    private DagBuilder(string only) => _only = only;

    /// <summary>
    /// The body of one task, for an attempt of it. The graph was checked when it was loaded and is not made again: of 21,000 tasks
    /// this keeps one delegate.
    /// </summary>
    internal static TaskBody? BodyOf(Dag dag, string taskId)
    {
        var builder = new DagBuilder(taskId);
        dag.Define(builder);
        return builder._body;
    }

    internal TaskDefinition? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// Policies of the tasks defined after this call, where they don't set their own. What is not given stays as an earlier call said; in a
    /// group, what is given holds until the group ends.
    /// </summary>
    /// <exception cref="DagDefinitionException">A timeout that is not longer than zero, a priority beyond -100 to 100, a name with other characters than letters, digits, '_', '-' and '.'.</exception>
    /// <example><code>dag.Defaults(retry: new RetryPolicy { Retries = 3 }, timeout: TimeSpan.FromMinutes(10));</code></example>
    public DagBuilder Defaults(RetryPolicy? retry = null, TimeSpan? timeout = null, string? pool = null, int? priority = null, string? queue = null)
    {
        if (_only is not null)
            return this;
        retry?.Check("defaults");
        if (timeout <= TimeSpan.Zero)
            throw new DagDefinitionException($"Defaults: a timeout must be longer than zero, not {timeout}.");
        if (priority is < -100 or > 100)
            throw new DagDefinitionException($"Defaults: the priority must be -100 to 100, not {priority}.");
        if (pool is not null)
            CheckName("pool", pool, "defaults");
        if (queue is not null)
            CheckName("queue", queue, "defaults");
        _defaults = new(retry ?? _defaults.Retry, timeout ?? _defaults.Timeout, pool ?? _defaults.Pool, priority ?? _defaults.Priority, queue ?? _defaults.Queue);
        return this;
    }

    /// <summary>The longest a run may take, from its start. One that takes longer is stopped and has failed; teardowns and OnFailure still run.</summary>
    /// <exception cref="DagDefinitionException">The time is not longer than zero.</exception>
    /// <example><code>dag.RunTimeout(TimeSpan.FromHours(6));</code></example>
    public DagBuilder RunTimeout(TimeSpan timeout)
    {
        _runTimeout = timeout > TimeSpan.Zero ? timeout : throw new DagDefinitionException($"RunTimeout must be longer than zero, not {timeout}.");
        return this;
    }

    /// <summary>The first task that fails, its retries spent, stops the run: what runs is cancelled, nothing else starts, teardowns and OnFailure still run.</summary>
    /// <example><code>dag.FailFast();</code></example>
    public DagBuilder FailFast()
    {
        _failFast = true;
        return this;
    }

    internal static string CheckName(string what, string name, string task)
    {
        if (name.Length is 0 or > 100 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            throw new DagDefinitionException(
                $"Task '{task}': the {what} name '{name}' must be 1 to 100 letters, digits, '_', '-' or '.' (ASCII).");
        return name;
    }

    private TaskNode<T> Add<T>(string name, Delegate code, TaskBody body, params ReadOnlySpan<IOutput> inputs) =>
        Add<T>(name, code, body, mapped: false, inputs);

    private TaskNode<T> Add<T>(string name, Delegate? code, TaskBody body, bool mapped, params ReadOnlySpan<IOutput> inputs)
    {
        var id = _prefix.Length == 0 ? name : _prefix + name;
        if (_only is not null)
            return new TaskNode<T>(this, Found(id, body), null);
        if (typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(ValueTask<>) || typeof(T) == typeof(ValueTask))
            throw new DagDefinitionException($"Task '{id}' returns a ValueTask; return a Task instead.");
        if (mapped && _scope is { } group)
            throw new DagDefinitionException($"Task '{id}' is mapped inside the mapped group '{group.Name}'. Map over one list of all combinations, or start a DAG of its own for each.");
        var task = Definition(id, TaskRole.Task, _scope, code, body);
        if (_scope is not null)
            task.AddUpstream(_scope.List, null, EdgeKind.Outcome);
        var texts = new string[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            texts[i] = Connect(task, inputs[i], verb: "takes the output of").Id;
            if (inputs[i] is IMapElement || (mapped && i == 0))
                texts[i] += "[]";
        }

        task.Spec = task.Spec with { Inputs = texts, Over = _scope?.List ?? (mapped ? inputs[0].TaskId : null) };
        return new TaskNode<T>(this, id, Register(task));
    }

    private TaskDefinition Definition(string id, TaskRole role, MapScope? scope, Delegate? code, TaskBody body)
    {
        CheckName("task", id, id);
        var spec = new TaskSpec
        {
            Id = id,
            Role = role,
            Code = code is null ? "Pipelines.DagBuilder.FirstOf" : $"{code.Method.DeclaringType?.FullName}.{code.Method.Name}",
            Retry = _defaults.Retry,
            AttemptTimeout = _defaults.Timeout,
            Pool = _defaults.Pool,
            Priority = _defaults.Priority,
            Queue = _defaults.Queue,
        };
        return new TaskDefinition(spec, _tasks.Count, scope, body);
    }

    private TaskDefinition Register(TaskDefinition task)
    {
        if (_tasks.Count == MaxTasks)
            throw new DagDefinitionException(FormattableString.Invariant(
                $"The DAG has more than {MaxTasks:N0} tasks, the limit. Map one task over a list (dag.Map), or split the DAG."));
        if (!_byId.TryAdd(task.Id, task))
            throw new DagDefinitionException(task.IsCallback
                ? $"Two callbacks have the id '{task.Id}'. Write one of them as a method: its name becomes the id."
                : $"Two tasks have the id '{task.Id}'. Give one of them an id of its own: dag.Task(\"another_{task.Id}\", ...).");
        _tasks.Add(task);
        return task;
    }

    /// <summary>Keeps the body if it is the one that is asked for.</summary>
    private string Found(string id, TaskBody body)
    {
        if (id == _only)
            _body = body;
        return id;
    }

    private static bool IsLambda(Delegate body) => body.Method.Name.Contains('<', StringComparison.Ordinal);

    private static string IdOf(Delegate body) => IsLambda(body)
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

    internal static async Task<byte[]?> Nothing(Task done)
    {
        await done.ConfigureAwait(false);
        return null;
    }

    internal static Task<byte[]?> Nothing() => System.Threading.Tasks.Task.FromResult<byte[]?>(null);
}

/// <summary>What <see cref="DagBuilder.Defaults"/> has said so far.</summary>
internal sealed record TaskDefaults(RetryPolicy Retry, TimeSpan? Timeout, string? Pool, int Priority, string Queue)
{
    public TaskDefaults()
        : this(RetryPolicy.None, null, null, 0, "default")
    {
    }
}
