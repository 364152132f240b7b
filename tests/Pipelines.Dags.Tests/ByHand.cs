using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Pipelines.Dags.Tests;

/// <summary>What the engine would hand to a body.</summary>
internal static class ByHand
{
    public static TaskContext Day(string day, int attempt = 1) => Day(DateOnly.Parse(day, CultureInfo.InvariantCulture), attempt);

    public static TaskContext Day(DateOnly day, int attempt = 1, ILogger? logger = null)
    {
        var start = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        return new TaskContext
        {
            RunId = 1, DagId = "by_hand", TaskId = "by_hand", Attempt = attempt, Logger = logger ?? new Lines(),
            ScheduledFor = start.AddDays(1), Interval = new Interval(start, start.AddDays(1)),
        };
    }

    /// <summary>Runs Define, which throws when the graph is not one that can run.</summary>
    public static void Define(Dag dag) => dag.Define(NewBuilder());

    /// <summary>Gives a DAG its run's arguments, as JSON.</summary>
    public static OrdersDemo.OrdersDag With(this OrdersDemo.OrdersDag dag, string arguments)
    {
        // The Sdk keeps this and the builder's constructor for the engine; the in-memory runner will do both for DAG authors.
        typeof(Dag).GetMethod("Bind", BindingFlags.Instance | BindingFlags.NonPublic)!
            .Invoke(dag, [new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(arguments))]);
        return dag;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern DagBuilder NewBuilder();
}

/// <summary>Keeps what was logged.</summary>
internal sealed class Lines : List<string>, ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Add($"{logLevel}: {formatter(state, exception)}");
}

/// <summary>The operator's configuration: one connection, or none.</summary>
internal sealed class Connections(string? warehouse = null) : IConnections
{
    public string this[string name] => name == "warehouse" && warehouse is not null
        ? warehouse
        : throw new PipelinesException($"No connection is named '{name}'.");
}
