using Pipelines.Engine.Ports;

namespace Pipelines.Web;

/// <summary>What the console stands on. Pages and the API see the first two through what somebody may; this is all of it.</summary>
/// <param name="Console">What is read.</param>
/// <param name="Operations">What people do.</param>
/// <param name="Access">Who they are.</param>
/// <param name="Settings">Connections and variables.</param>
public sealed record Backend(IConsole Console, IOperations Operations, IAccess Access, ISettings Settings);
