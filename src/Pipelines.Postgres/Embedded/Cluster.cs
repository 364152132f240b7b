using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Postgres.Embedded;

/// <summary>The private cluster on disk: making it, starting and stopping its server. Only the owner of the lock calls these.</summary>
sealed class Cluster(ClusterPlace place, Binaries binaries, Action<string> progress)
{
    /// <summary>Only names the file where there are unix sockets.</summary>
    public const int SocketPort = 5432;

    const long LogLimit = 10_000_000;

    /// <summary>
    /// Dying here leaves a half-made directory under another name, which the next start throws away; the password is made
    /// first and kept, so it always fits the cluster.
    /// </summary>
    public async Task MakeAsync(CancellationToken ct)
    {
        if (Directory.Exists(place.Data))
            return;
        progress($"Creating a private database with {binaries}");
        if (Directory.Exists(place.HalfMade))
            Directory.Delete(place.HalfMade, recursive: true);
        if (!File.Exists(place.PasswordFile))
            await place.WriteAsync(place.PasswordFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)), ct);

        // Not synced, because that takes up to seconds: only a power failure within the half minute in which the kernel writes
        // these files back could damage the cluster, and then it holds no more than that half minute.
        var made = await Run(binaries.InitDb,
            "-D", place.HalfMade, "-U", RunningServer.User, "-A", "scram-sha-256", "--pwfile", place.PasswordFile,
            "-E", "UTF8", "--locale=C", "--no-instructions", "--no-sync").RunAsync(ct);
        if (!made.Succeeded)
            throw new EmbeddedServerException(
                $"Cannot create the database: {made.Complaint}", place.Data, FailureLine.Fix(made.Complaint, "Choose another directory."));
        await File.AppendAllTextAsync(Path.Combine(place.HalfMade, "postgresql.conf"), $"\ninclude_if_exists = '{ClusterSettings.FileName}'\n", ct);
        Directory.Move(place.HalfMade, place.Data);
    }

    public async Task StartAsync(TimeSpan timeout, CancellationToken ct)
    {
        await place.MakeSocketDirectoryAsync(ct);
        await place.WriteAsync(Path.Combine(place.Data, ClusterSettings.FileName), ClusterSettings.For(place, FreePort()), ct);
        if (File.Exists(place.Log) && new FileInfo(place.Log).Length > LogLimit)
            File.Move(place.Log, place.Log + ".1", overwrite: true);

        await StalePid.DisownAsync(place, ct);
        progress($"Starting {binaries}");
        var patience = Stopwatch.StartNew();
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var logged = File.Exists(place.Log) ? new FileInfo(place.Log).Length : 0;
            var seconds = ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            // Not cancelled halfway: a server of which nobody knows whether it starts is worse than a late answer.
            var start = await (Run(binaries.PgCtl, "start", "-w", "-t", seconds, "-D", place.Data, "-l", place.Log) with
            {
                LeavesServer = true,
                Timeout = timeout + TimeSpan.FromSeconds(10),
            }).RunAsync(CancellationToken.None);
            if (start.Succeeded)
                return;

            var complaint = FailureLine.Of(await LoggedSinceAsync(logged)) ?? start.Complaint;
            // The backends of a killed server end on their own within moments of noticing.
            if (complaint.Contains("still in use", StringComparison.Ordinal) && patience.Elapsed < TimeSpan.FromSeconds(15))
            {
                await Task.Delay(100, ct);
                continue;
            }

            throw new EmbeddedServerException(
                $"The embedded PostgreSQL server does not start: {complaint}", place.Data, FailureLine.Fix(complaint, $"See {place.Log}."));
        }
    }

    public async Task StopAsync(EmbeddedStop how)
    {
        // Never signal what a stale pid file names: its number may be somebody else's by now.
        if (!await RunningServer.IsListeningAsync(place))
        {
            place.RemoveSocketDirectory();
            return;
        }

        var mode = how is EmbeddedStop.Fast ? "fast" : "immediate";
        var stop = await Run(binaries.PgCtl, "stop", "-w", "-t", "60", "-D", place.Data, "-m", mode).RunAsync(CancellationToken.None);
        if (!stop.Succeeded && await RunningServer.IsListeningAsync(place))
            throw new EmbeddedServerException(
                $"The embedded PostgreSQL server does not stop: {stop.Complaint}", place.Data,
                $"See {place.Log}; stop it with mode immediate.");
        place.RemoveSocketDirectory();
    }

    Command Run(string file, params string[] arguments) =>
        new(file, arguments) { User = place.Account.User, LibraryPath = binaries.LibraryPath, Timeout = TimeSpan.FromSeconds(90) };

    async Task<string> LoggedSinceAsync(long position)
    {
        if (!File.Exists(place.Log))
            return "";
        await using var log = new FileStream(place.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        log.Position = Math.Min(position, log.Length);
        using var reader = new StreamReader(log, Encoding.UTF8);
        // The prefix is a time and a process: noise in a message.
        return string.Join('\n', (await reader.ReadToEndAsync()).Split('\n').Select(l => l.IndexOf("] ", StringComparison.Ordinal) is var at and > 0 ? l[(at + 2)..] : l));
    }

    static int FreePort()
    {
        if (!OperatingSystem.IsWindows())
            return SocketPort;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
