using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Postgres.Embedded;
using Pipelines.Tests;

namespace Pipelines.Postgres.Tests.Embedded;

/// <summary>A home directory of one test: it, and any server left running in it, are gone afterwards.</summary>
[SupportedOSPlatform("linux")]
sealed class TemporaryHome : IAsyncDisposable
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    public TemporaryHome(string below = "", UnixFileMode? mode = null)
    {
        Root = System.IO.Directory.CreateTempSubdirectory("epg-").FullName;
        System.IO.Directory.CreateDirectory(Home = Path.Combine(Root, below));
        // Temporary directories are closed to others by default; a home usually is not.
        File.SetUnixFileMode(Root, mode ?? UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
    }

    public string Root { get; }

    public string Home { get; }

    public string Directory => Path.Combine(Home, "postgres");

    public List<string> Progress { get; } = [];

    /// <summary>Where the data went, once a server has been started.</summary>
    public string? Data { get; private set; }

    public async Task<EmbeddedServer> StartAsync(EmbeddedOptions? options = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        Task<EmbeddedServer> Start() => EmbeddedServer.StartAsync(Directory, Progress.Add, limit.Token, options);
        // What is not to be found on the system is not to be found with the others either.
        var server = options is { SearchSystem: false } ? await Start() : await SharedDownload.StartAsync(Home, Start);
        Data = server.DataDirectory;
        return server;
    }

    public int PostmasterId() =>
        int.Parse(File.ReadLines(Path.Combine(Data!, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    public bool IsRunning()
    {
        try
        {
            return Data is not null && IsAlive(PostmasterId());
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>A dead process that nobody has collected yet does not count.</summary>
    public static bool IsAlive(int process) => State(process) is not 'Z';

    /// <summary>Ends the postmaster the way the kernel does when memory runs out.</summary>
    public async Task KillAsync()
    {
        using var postmaster = Process.GetProcessById(PostmasterId());
        postmaster.Kill();
        await Until(() => !IsAlive(postmaster.Id));
    }

    /// <summary>Leaves a server running that no host owns, which is what a crashed host leaves.</summary>
    public async Task StartWithoutHostAsync()
    {
        var log = Path.Combine(Path.GetDirectoryName(Data!)!, "pg.log");
        // The server wrote down which program it was.
        var bin = Path.GetDirectoryName(File.ReadAllText(Path.Combine(Data!, "postmaster.opts")).Split(' ')[0])!;
        var start = AsServer(Path.Combine(bin, "pg_ctl"), "start", "-w", "-D", Data!, "-l", log);
        if (bin.Contains("postgres-dist", StringComparison.Ordinal) || (SharedDownload.Folder is { } folder && bin.StartsWith(folder, StringComparison.Ordinal)))
            start.Environment["LD_LIBRARY_PATH"] = FindBinaries.LibrariesOf(bin);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>A program run by the account that runs the server.</summary>
    public ProcessStartInfo AsServer(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/" };
        if (Environment.IsPrivilegedProcess)
            start.UserName = File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";
        return start;
    }

    public static async Task Until(Func<bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); !condition(); await Task.Delay(10))
            Assert.True(waited.Elapsed < patience, "The condition did not come true in time");
    }

    public static async Task<object?> AskAsync(EmbeddedServer server, string sql, string database = "postgres")
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString(database));
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning())
            await KillAsync();
        if (Data is not null && !Data.StartsWith(Root, StringComparison.Ordinal))
            System.IO.Directory.Delete(Path.GetFullPath(Path.Combine(Data, "..", "..")), recursive: true);
        // The last backends of a killed server may still be writing.
        await Until(TryDelete);
    }

    static char State(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return 'Z';
        }
    }

    bool TryDelete()
    {
        try
        {
            System.IO.Directory.Delete(Root, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return !System.IO.Directory.Exists(Root);
        }
    }
}
