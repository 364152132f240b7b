using System.Diagnostics;
using System.Globalization;

namespace Pipelines.Postgres.Embedded;

/// <summary>
/// Pid files of a server that was killed. After a container restarts, their number often is that of an unrelated process, and
/// where nobody collects dead processes it stays taken; PostgreSQL would take either for a running server.
/// </summary>
static class StalePid
{
    public static async Task DisownAsync(ClusterPlace place, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows())
            return;

        // Only this line changes: with the others the server checks that no old backend still writes to the data. It ignores
        // the number of the process that starts it, which is ours.
        var pidFile = Path.Combine(place.Data, RunningServer.PidFileName);
        if (await IsStaleAsync(pidFile, ct))
        {
            var lines = await File.ReadAllLinesAsync(pidFile, ct);
            lines[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            await place.WriteAsync(pidFile, string.Join('\n', lines) + "\n", ct);
        }

        var socketLock = RunningServer.SocketFile(place.SocketDirectory, Cluster.SocketPort) + ".lock";
        if (await IsStaleAsync(socketLock, ct))
            File.Delete(socketLock);
    }

    static async Task<bool> IsStaleAsync(string file, CancellationToken ct) =>
        File.Exists(file)
        && (await File.ReadAllLinesAsync(file, ct)) is [var first, ..]
        && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
        && !IsLivePostgres(pid);

    static bool IsLivePostgres(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal) && !IsDead(pid);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Ended, but not yet collected by its parent.</summary>
    static bool IsDead(int pid)
    {
        try
        {
            // 123 (postgres) Z 1 ...
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat.AsSpan(stat.LastIndexOf(')') + 1).TrimStart().StartsWith("Z");
        }
        catch (IOException)
        {
            return false;
        }
    }
}
