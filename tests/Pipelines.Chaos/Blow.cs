namespace Pipelines.Chaos;

/// <summary>What was done to the program, and when it was over: from then on it should recover.</summary>
internal sealed record Blow(BlowKind Kind, DateTime At);

internal enum BlowKind
{
    WorkerKilled,
    SchedulerKilled,
    ProcessFrozen,
    WorkerTold,
    ServerStopped,
    ConnectionsFrozen,
    ConnectionsCut,
    ConnectionsHalfClosed,
    ClockStepped,
    AssemblyReplaced,
}

internal static class BlowNames
{
    public static string Text(this BlowKind kind) => kind switch
    {
        BlowKind.WorkerKilled => "a worker killed (SIGKILL)",
        BlowKind.SchedulerKilled => "a scheduler killed (SIGKILL)",
        BlowKind.ProcessFrozen => "a process frozen for 0.5 to 6 s (SIGSTOP; the lease is 5 s)",
        BlowKind.WorkerTold => "a worker told to end (SIGTERM)",
        BlowKind.ServerStopped => "PostgreSQL stopped hard, for up to 2 s",
        BlowKind.ConnectionsFrozen => "connections that pass nothing for 0.5 to 6 s",
        BlowKind.ConnectionsCut => "connections cut in the middle of an answer",
        BlowKind.ConnectionsHalfClosed => "connections closed from one side",
        BlowKind.ClockStepped => "a process's clock stepped by up to 5 h",
        BlowKind.AssemblyReplaced => "the assembly of the DAGs replaced by another version",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
