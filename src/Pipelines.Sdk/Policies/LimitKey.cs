namespace Pipelines;

/// <summary>What a limit is counted by: one customer's tasks wait for each other, not for another's.</summary>
public sealed class LimitKey
{
    private LimitKey(IOutput? output, string? argument, string? property) => (Output, ArgumentName, Property) = (output, argument, property);

    internal IOutput? Output { get; }

    internal string? ArgumentName { get; }

    internal string? Property { get; }

    /// <summary>By what a task returned. Of the list that a task is mapped over: by its element.</summary>
    /// <param name="output">An upstream; it becomes one if it is not.</param>
    /// <param name="property">The JSON property of it, such as <c>customerId</c>; null: the whole output.</param>
    /// <example><code>dag.Map(Send, orders).Concurrency("per_customer", 1, LimitKey.Of(orders, "customerId"));</code></example>
    public static LimitKey Of(IOutput output, string? property = null) => new(output, null, property);

    /// <summary>By an argument of the run.</summary>
    /// <param name="name">As it is written in JSON, such as <c>customer</c>.</param>
    /// <example><code>dag.Task(Load).RateLimit("api", 2.PerSecond, LimitKey.Argument("customer"));</code></example>
    public static LimitKey Argument(string name) => new(null, name, null);
}
