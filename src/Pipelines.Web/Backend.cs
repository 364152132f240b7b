using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Web;

/// <summary>What the console stands on. Pages and the API see the first two through what somebody may; this is all of it.</summary>
/// <param name="Console">What is read.</param>
/// <param name="Operations">What people do.</param>
/// <param name="Access">Who they are.</param>
/// <param name="Settings">Connections and variables.</param>
/// <param name="Callbacks">Answers at addresses that runs have handed out.</param>
public sealed record Backend(IConsole Console, IOperations Operations, IAccess Access, ISettings Settings, ICallbacks Callbacks)
{
    /// <summary>Schedules that are code of DAG assemblies; null: this process loads none.</summary>
    public CustomSchedules? Schedules { get; init; }
}
