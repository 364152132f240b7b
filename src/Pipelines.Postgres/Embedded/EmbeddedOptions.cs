namespace Pipelines.Postgres.Embedded;

/// <summary>Where the embedded server may get its binaries from, and how long it may take to come up.</summary>
public sealed record EmbeddedOptions
{
    /// <summary>
    /// Look for PostgreSQL on this machine: <c>PIPELINES_POSTGRES_BIN</c>, <c>PATH</c> and the usual places. When false, only
    /// binaries that an earlier start downloaded are used.
    /// </summary>
    public bool SearchSystem { get; init; } = true;

    /// <summary>Download the distribution's packages into the home directory when no binaries are found (Debian family only).</summary>
    public bool Download { get; init; } = true;

    /// <summary>How long the server may take to answer, crash recovery included. A download is not counted.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>How a server is told to stop. Both keep every committed transaction.</summary>
public enum EmbeddedStop
{
    /// <summary>Rolls open transactions back, disconnects the clients and writes a checkpoint: the next start is quick.</summary>
    Fast,

    /// <summary>Quits at once: the next start replays the log.</summary>
    Immediate,
}
