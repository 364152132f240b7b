namespace Pipelines.Postgres.Embedded;

/// <summary>Finds the telling line in what a program of PostgreSQL or apt wrote, and what to do about it.</summary>
static class FailureLine
{
    static readonly string[] marks = ["PANIC:", "FATAL:", "initdb: error:", "E: ", "ERROR:", "error while loading shared libraries", "error:"];

    static readonly (string Sign, string Fix)[] fixes =
    [
        ("No space left on device", "Free disk space, then start again."),
        ("Disk quota exceeded", "Free disk space or raise the quota, then start again."),
        ("Read-only file system", "Choose a directory on a writable file system."),
        ("has invalid permissions", "Restore them: chmod 700 on the data directory, then start again."),
        ("has wrong ownership", "Give the data directory back to the account that made it (chown -R), then start again."),
        ("Permission denied", "Give the server's account access to it, or choose another directory."),
        ("Address already in use", "Another server uses this socket: stop it, then start again."),
        ("is incompatible with server", "Point PIPELINES_POSTGRES_BIN at the PostgreSQL version that made the cluster."),
        ("could not map anonymous shared memory", "Free memory: the server needs about 300 MB."),
        ("Cannot allocate memory", "Free memory: the server needs about 300 MB."),
        ("could not create semaphores", "Raise kernel.sem, or stop other PostgreSQL servers."),
        ("could not locate a valid checkpoint record", "The write-ahead log is damaged: restore the data directory from a backup."),
        ("still in use", "Processes of the earlier server are alive: end them, then start again."),
    ];

    public static string? Of(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        // A complaint with a known cure says more than the crash that followed it.
        if (lines.LastOrDefault(l => fixes.Any(known => l.Contains(known.Sign, StringComparison.OrdinalIgnoreCase))) is { } curable)
            return curable;
        foreach (var mark in marks)
        {
            if (lines.LastOrDefault(l => l.Contains(mark, StringComparison.Ordinal)) is { } telling)
                return telling;
        }

        return lines.LastOrDefault();
    }

    /// <summary>The advice for a complaint; <paramref name="otherwise"/> for one that is not known.</summary>
    public static string Fix(string complaint, string otherwise)
    {
        foreach (var (sign, fix) in fixes)
        {
            if (complaint.Contains(sign, StringComparison.OrdinalIgnoreCase))
                return fix;
        }

        return otherwise;
    }
}
