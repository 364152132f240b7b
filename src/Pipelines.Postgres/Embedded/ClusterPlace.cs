using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace Pipelines.Postgres.Embedded;

/// <summary>Where one private cluster lives, and the account that owns it.</summary>
sealed record ClusterPlace(string Asked, string Directory, ServerAccount Account)
{
    const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    const UnixFileMode Open = Private | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    const string NoteName = "WHERE.txt";

    static readonly string[] ours =
        ["data", "data.init", "password", "password.new", "pg.log", "pg.log.1", "owner.lock", "owner.pid", NoteName];

    public string Data => Path.Combine(Directory, "data");
    public string HalfMade => Path.Combine(Directory, "data.init");
    public string PasswordFile => Path.Combine(Directory, "password");
    public string Log => Path.Combine(Directory, "pg.log");
    public string LockFile => Path.Combine(Directory, "owner.lock");
    public string PidOfOwner => Path.Combine(Directory, "owner.pid");

    /// <summary>Beside the cluster: what a download unpacked, one directory per major version.</summary>
    public string Distribution => Path.Combine(Path.GetDirectoryName(Directory)!, "postgres-dist");

    /// <summary>
    /// The directory of the unix socket. Its path must fit a socket address (104 bytes on some systems, with the file's name),
    /// and a comma or quote in it would need escaping in two syntaxes: any other path gets a short stand-in.
    /// </summary>
    public string SocketDirectory =>
        Encoding.UTF8.GetByteCount(Directory) <= 85 && Directory.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-')
            ? Directory
            : $"/tmp/pipelines-{HashOf(Directory)}";

    /// <summary>The major version that made the cluster; null when there is none yet.</summary>
    public int? Major =>
        File.Exists(Path.Combine(Data, "PG_VERSION")) && int.TryParse(File.ReadAllText(Path.Combine(Data, "PG_VERSION")).Trim(), out var major)
            ? major
            : null;

    /// <summary>Chooses the place and makes its directory the server's own.</summary>
    public static async Task<ClusterPlace> PrepareAsync(string directory, Action<string> progress, CancellationToken ct)
    {
        var asked = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        try
        {
            System.IO.Directory.CreateDirectory(asked);
            var place = ServerAccount.MustDelegate
                ? await ForRootAsync(asked, progress, ct)
                : new ClusterPlace(asked, asked, ServerAccount.Ourselves);
            place.RefuseStrangers();
            await place.Account.TakeAsync(place.Directory, Private, ct);
            return place;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedServerException(
                $"Cannot write the directory of the embedded PostgreSQL server: {e.Message}", asked,
                "Choose a home directory that this account may write, or connect to your own server with --database.", e);
        }
    }

    [UnsupportedOSPlatform("windows")]
    static async Task<ClusterPlace> ForRootAsync(string asked, Action<string> progress, CancellationToken ct)
    {
        var parent = Path.Combine("/var/lib/pipelines", HashOf(asked));
        var elsewhere = Path.Combine(parent, "postgres");
        if (System.IO.Directory.Exists(Path.Combine(elsewhere, "data")))
            return new ClusterPlace(asked, elsewhere, await ServerAccount.OwnerOfAsync(Path.Combine(elsewhere, "data"), ct));

        var exists = System.IO.Directory.Exists(Path.Combine(asked, "data"));
        var account = exists ? await ServerAccount.OwnerOfAsync(Path.Combine(asked, "data"), ct) : await ServerAccount.DefaultAsync(ct);
        var home = Path.GetDirectoryName(asked) ?? asked;
        if (await account.CanTraverseAsync(home, ct))
            return new ClusterPlace(asked, asked, account);
        if (exists)
        {
            throw new EmbeddedServerException(
                $"The account {account.User}, which owns the cluster, cannot reach it", home, "Let it pass: chmod o+x on that directory and those above.");
        }

        // A home such as root's own is closed to the server's account and should stay so: the cluster goes to another place.
        System.IO.Directory.CreateDirectory(elsewhere);
        File.SetUnixFileMode(Path.GetDirectoryName(parent)!, Open);
        File.SetUnixFileMode(parent, Open);
        await File.WriteAllTextAsync(
            Path.Combine(asked, NoteName),
            $"The account {account.User}, which runs PostgreSQL for root, cannot reach this directory.\nThe cluster lives in {elsewhere}\n", ct);
        progress($"{account.User} cannot reach {home}: the database lives in {elsewhere}");
        return new ClusterPlace(asked, elsewhere, account);
    }

    /// <summary>The directory becomes private to the server, so it must not be one that somebody uses for other things.</summary>
    void RefuseStrangers()
    {
        var strangers = System.IO.Directory.EnumerateFileSystemEntries(Directory).Select(Path.GetFileName)
            .FirstOrDefault(name => !ours.Contains(name) && !name!.StartsWith(".s.PGSQL.", StringComparison.Ordinal));
        if (strangers is not null)
        {
            throw new EmbeddedServerException(
                $"The directory for the embedded PostgreSQL server holds other things, such as '{strangers}'", Directory,
                "Choose an empty directory.");
        }
    }

    /// <summary>Makes the stand-in directory of the socket; one that somebody else put there first is refused.</summary>
    public async Task MakeSocketDirectoryAsync(CancellationToken ct)
    {
        if (OperatingSystem.IsWindows() || SocketDirectory == Directory)
            return;
        const string script = "mkdir -m 700 \"$1\" 2>/dev/null || { [ -d \"$1\" ] && [ ! -L \"$1\" ] && [ -O \"$1\" ] && chmod 700 \"$1\"; }";
        var made = await new Command("/bin/sh", "-c", script, "sh", SocketDirectory) { User = Account.User }.RunAsync(ct);
        if (!made.Succeeded)
            throw new EmbeddedServerException(
                "Another account owns the directory for the server's socket", SocketDirectory,
                "Remove it, or choose a shorter home directory.");
    }

    public void RemoveSocketDirectory()
    {
        if (OperatingSystem.IsWindows() || SocketDirectory == Directory)
            return;
        try
        {
            System.IO.Directory.Delete(SocketDirectory);
        }
        catch (IOException)
        {
            // Something is still in it; the next start takes it over.
        }
    }

    /// <summary>Replaces a file as a whole, never through a link that the server's account could have put in its way.</summary>
    public async Task WriteAsync(string path, string text, CancellationToken ct)
    {
        var fresh = path + ".new";
        File.Delete(fresh);
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var file = new FileStream(fresh, how))
            await file.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        await Account.TakeAsync(fresh, UnixFileMode.UserRead | UnixFileMode.UserWrite, ct);
        File.Move(fresh, path, overwrite: true);
    }

    static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, 8));
}
