namespace Pipelines;

/// <summary>The root of what Pipelines throws.</summary>
public class PipelinesException : Exception
{
    /// <summary>An error with its message.</summary>
    public PipelinesException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its message and cause.</summary>
    public PipelinesException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}

/// <summary>The graph is not one that can run; the message says which task, what is wrong and how to fix it.</summary>
/// <param name="message">What is wrong and how to fix it.</param>
public sealed class DagDefinitionException(string message) : PipelinesException(message);

/// <summary>Ends the attempt as skipped; made by <see cref="TaskContext.Skip"/>.</summary>
/// <param name="reason">Shown in the console.</param>
public sealed class SkipTaskException(string reason) : PipelinesException(reason);

/// <summary>Ends the task as failed at once, whatever retries are left; made by <see cref="TaskContext.Fail"/>.</summary>
/// <param name="reason">Shown in the console.</param>
public sealed class FailTaskException(string reason) : PipelinesException(reason);

/// <summary>Ends the attempt and asks for the next one after a delay; made by <see cref="TaskContext.RetryIn"/>.</summary>
/// <param name="delay">The time to the next attempt.</param>
/// <param name="reason">Shown in the console.</param>
public sealed class RetryTaskException(TimeSpan delay, string reason) : PipelinesException(reason)
{
    /// <summary>The time to the next attempt.</summary>
    public TimeSpan Delay { get; } = delay;
}
