namespace Pipelines;

/// <content>Runs of other DAGs that a body starts.</content>
public sealed partial class TaskContext
{
    /// <summary>
    /// Starts a run of another DAG, by its id, and waits for its end without holding a slot. It is started once: a retry, or an attempt after a lost worker, joins it. When it has succeeded,
    /// this returns its number. Several may be started first and awaited together. Clearing the task starts another one.
    /// </summary>
    /// <param name="dag">The other DAG's id, of whichever assembly.</param>
    /// <param name="arguments">The run's arguments; null: none.</param>
    /// <param name="name">Tells one run from another that this task starts, 1 to 100 characters; the DAG's id unless said.</param>
    /// <param name="timeout">The longest wait, from when it was first asked for; null: no limit.</param>
    /// <param name="parentClose">What becomes of it when this task or its run ends before it, also by the timeout.</param>
    /// <returns>The number of the run; of one that went on as another (<see cref="ContinueAsNewAsync{T}"/>) that of the last.</returns>
    /// <exception cref="FailTaskException">It failed or was cancelled; there is no such DAG, or it does not take these arguments; a name was used twice; too many runs have started one another.</exception>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <remarks>It leaves the body by an exception, which a body must not catch, and the next attempt finds what was done (see <see cref="SleepAsync"/>).</remarks>
    /// <example>
    /// <code>
    /// var shipped = shops.Select(shop => context.RunAsync("ship_shop", new { shop.Id }, name: $"ship {shop.Id}"));
    /// await Task.WhenAll(shipped);
    /// </code>
    /// </example>
    public async Task<long> RunAsync(string dag, object? arguments = null, string? name = null, TimeSpan? timeout = null, ParentClosePolicy parentClose = ParentClosePolicy.Cancel) =>
        (await ChildAsync(new ChildRequest(dag, name, timeout, parentClose, null), arguments).ConfigureAwait(false)).RunId;

    /// <summary>The same, and returns what a task of that run has returned.</summary>
    /// <param name="dag">The other DAG's id.</param>
    /// <param name="result">The task of the other DAG whose output is the result; of a mapped one the list of its elements' outputs.</param>
    /// <param name="arguments">The run's arguments; null: none.</param>
    /// <param name="name">Tells one run from another that this task starts; the DAG's id unless said.</param>
    /// <param name="timeout">The longest wait; null: no limit.</param>
    /// <param name="parentClose">What becomes of it when this task or its run ends before it.</param>
    /// <typeparam name="T">What the other task returns, as this one reads its JSON.</typeparam>
    /// <exception cref="FailTaskException">As above; or that task returned nothing, or no <typeparamref name="T"/>.</exception>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <example><code>var invoice = await context.RunAsync&lt;Invoice>("billing_close", result: "issue", new { Month = "2026-01" }, timeout: TimeSpan.FromHours(6));</code></example>
    public async Task<T> RunAsync<T>(
        string dag, string result, object? arguments = null, string? name = null, TimeSpan? timeout = null, ParentClosePolicy parentClose = ParentClosePolicy.Cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(result);
        var child = await ChildAsync(new ChildRequest(dag, name, timeout, parentClose, result), arguments).ConfigureAwait(false);
        try
        {
            return OutputJson.Read<T>(child.Output!);
        }
        catch (FailTaskException e)
        {
            throw new FailTaskException($"What task '{result}' of run {child.RunId} of '{dag}' returned does not fit. {e.Message}");
        }
    }

    private Task<EndedChild> ChildAsync(ChildRequest request, object? arguments) =>
        Needed(nameof(RunAsync)).RunAsync(request, arguments is null ? null : OutputJson.Write(arguments), Cancellation);
}

/// <summary>A run that a body asks for.</summary>
internal sealed record ChildRequest(string Dag, string? Name, TimeSpan? Timeout, ParentClosePolicy ParentClose, string? Result);

/// <summary>A run that a body has started, and which has succeeded.</summary>
/// <param name="RunId">Its number.</param>
/// <param name="Output">JSON of the task that was asked for.</param>
internal sealed record EndedChild(long RunId, byte[]? Output);

internal partial interface IAttemptHost
{
    /// <exception cref="WaitTaskException">It has not ended yet.</exception>
    Task<EndedChild> RunAsync(ChildRequest request, byte[]? arguments, CancellationToken cancellation);
}
