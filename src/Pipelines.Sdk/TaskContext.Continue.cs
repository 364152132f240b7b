namespace Pipelines;

/// <content>Runs without an end, as a chain of runs that have one.</content>
public sealed partial class TaskContext
{
    /// <summary>
    /// Says that when this run has succeeded, another one of the DAG goes on with these arguments: it is made in the transaction of the run's end, on the current version, and takes this run's place for
    /// its <see cref="DagAttribute.RunKey"/>, before any that waits in line. So a process of years has short histories. What is said last counts, and only if this attempt
    /// succeeds. A task that has started this run and waits for it, waits for the next one.
    /// </summary>
    /// <param name="arguments">Of the DAG's arguments type; null: none, if it takes none.</param>
    /// <typeparam name="T">The type of the arguments.</typeparam>
    /// <exception cref="FailTaskException">They cannot be stored, or they are none of the DAG's.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <example>
    /// A subscription is a run a month:
    /// <code>await context.ContinueAsNewAsync(new Subscription(subscription.Customer, Month: subscription.Month + 1));</code>
    /// </example>
    public Task ContinueAsNewAsync<T>(T arguments) => Needed(nameof(ContinueAsNewAsync)).ContinueAsync(OutputJson.Write(arguments), Cancellation);
}

internal partial interface IAttemptHost
{
    Task ContinueAsync(byte[] arguments, CancellationToken cancellation);
}
