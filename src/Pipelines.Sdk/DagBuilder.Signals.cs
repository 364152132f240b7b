namespace Pipelines;

/// <content>Tasks without a body that people, programs and other DAGs end.</content>
public sealed partial class DagBuilder
{
    /// <summary>
    /// Waits until the run is sent the signal of this name, holding no slot; the output is what was sent. A signal that comes early is kept, and each is taken once, the oldest first. The
    /// name is the task's id. It is sent with <c>pipelines runs signal</c>, over the API, or by another DAG with <see cref="TaskContext.SignalAsync{T}(long, string, T)"/>.
    /// </summary>
    /// <param name="name">The signal, and the task's id.</param>
    /// <param name="timeout">The longest wait; no limit unless said.</param>
    /// <param name="softFail">Ends skipped, and not failed, when the timeout is over.</param>
    /// <typeparam name="T">What is sent; anything else is refused when it is sent.</typeparam>
    /// <exception cref="DagDefinitionException">A timeout that is not longer than zero.</exception>
    /// <example>
    /// <code>
    /// var shipped = dag.Signal&lt;Parcel>("shipped", timeout: TimeSpan.FromDays(14));
    /// dag.Task(Invoice, shipped);
    /// </code>
    /// </example>
    public TaskNode<T> Signal<T>(string name, TimeSpan? timeout = null, bool softFail = false)
    {
        CheckTimeout(name, timeout, softFail);
        return Wait<T>(name, new WaitSpec { Kind = WaitKind.Signal, Signal = _prefix + name, Schema = SchemaOf<T>(), Timeout = timeout, SoftFail = softFail });
    }

    /// <summary>Asks people a yes or no, holding no slot. They decide in the console's inbox, with <c>pipelines approvals approve</c> or over the API; the history says who and why.</summary>
    /// <param name="id">The task's id.</param>
    /// <param name="question">One sentence, at most 500 characters.</param>
    /// <param name="evidence">The output that is shown with it: a list of objects becomes a table.</param>
    /// <param name="policy">Who may decide, how many it takes, and until when; null: one operator, without a limit.</param>
    /// <exception cref="DagDefinitionException">The question is none, or the policy cannot be.</exception>
    /// <example>
    /// <code>
    /// var ok = dag.Approval("post_adjustments", "Post these adjustments?", sums, new ApprovalPolicy { Needed = 2, Timeout = TimeSpan.FromHours(12) });
    /// dag.Task(Post).After(ok);
    /// </code>
    /// </example>
    public TaskNode<Approval<None>> Approval(string id, string question, IOutput? evidence = null, ApprovalPolicy? policy = null) => Approval<None>(id, question, evidence, policy);

    /// <summary>The same with a form that whoever approves fills in.</summary>
    /// <param name="id">The task's id.</param>
    /// <param name="question">One sentence, at most 500 characters.</param>
    /// <param name="evidence">The output that is shown with it.</param>
    /// <param name="policy">Who may decide, how many it takes, and until when.</param>
    /// <typeparam name="TForm">A record, described like run arguments: with defaults, <c>[Range]</c> and <c>[Description]</c>.</typeparam>
    /// <exception cref="DagDefinitionException">The question is none, or the policy cannot be.</exception>
    /// <example><code>var posting = dag.Approval&lt;Posting>("posting", "Which period are these posted to?", sums);</code></example>
    public TaskNode<Approval<TForm>> Approval<TForm>(string id, string question, IOutput? evidence = null, ApprovalPolicy? policy = null)
    {
        policy ??= new ApprovalPolicy();
        CheckTimeout(id, policy.Timeout, softFail: false);
        if (string.IsNullOrWhiteSpace(question) || question.Length > 500)
            throw new DagDefinitionException($"Task '{id}': the question has 1 to 500 characters.");
        if (policy.Needed is < 1 or > 10)
            throw new DagDefinitionException($"Task '{id}': 1 to 10 people approve, not {policy.Needed}.");
        if (policy.People.Count > 0 && policy.People.Distinct(StringComparer.OrdinalIgnoreCase).Count() < policy.Needed)
            throw new DagDefinitionException($"Task '{id}': {policy.Needed} people must approve, and only {policy.People.Count} may.");
        if (policy.OnExpiry != OnExpiry.Reject && policy.Timeout is null)
            throw new DagDefinitionException($"Task '{id}': OnExpiry says how a timeout ends; give a timeout.");
        var node = Wait<Approval<TForm>>(id, new WaitSpec
        {
            Kind = WaitKind.Approval,
            Timeout = policy.Timeout,
            Approval = new ApprovalSpec
            {
                Question = question.Trim(), Needed = policy.Needed, People = policy.People.Count > 0 ? [.. policy.People.Select(name => name.ToLowerInvariant())] : null, ByAdmin = policy.ByAdmin,
                NotByStarter = policy.NotByStarter, OnReject = policy.OnReject, OnExpiry = policy.OnExpiry, Form = typeof(TForm) == typeof(None) ? null : SchemaOf<TForm>(),
            },
        });
        if (evidence is not null && Find(node.TaskId) is { } task)
        {
            var from = Connect(task, evidence, verb: "takes the output of").Id + (evidence is IMapElement ? "[]" : "");
            task.Spec = task.Spec with { Wait = task.Spec.Wait! with { Approval = task.Spec.Wait.Approval! with { Evidence = from } } };
        }

        return node;
    }

    private System.Text.Json.Nodes.JsonNode? SchemaOf<T>() => _only is null ? ArgumentsSchema.Of(typeof(T)) : null;

    private static void CheckTimeout(string id, TimeSpan? timeout, bool softFail)
    {
        if (timeout <= TimeSpan.Zero)
            throw new DagDefinitionException($"Task '{id}': a timeout must be longer than zero, not {timeout}.");
        if (softFail && timeout is null)
            throw new DagDefinitionException($"Task '{id}': softFail says how a timeout ends; give a timeout.");
    }
}
