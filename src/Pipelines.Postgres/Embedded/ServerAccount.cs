using System.Runtime.Versioning;

namespace Pipelines.Postgres.Embedded;

/// <summary>
/// The account the server runs as. PostgreSQL refuses to run as root, so a root host lends it another: the owner of an
/// existing cluster, else <c>postgres</c>, else <c>nobody</c>. Everyone else runs it as themselves.
/// </summary>
sealed record ServerAccount(string? User)
{
    public static ServerAccount Ourselves { get; } = new((string?)null);

    /// <summary>Whether we must hand the server to another account. (On Windows pg_ctl drops an administrator's rights itself.)</summary>
    [UnsupportedOSPlatformGuard("windows")]
    public static bool MustDelegate => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    public static async Task<ServerAccount> DefaultAsync(CancellationToken ct)
    {
        foreach (var name in (string[])["postgres", "_postgres", "nobody"])
        {
            if ((await new Command("id", "-u", name).RunAsync(ct)).Succeeded)
                return new ServerAccount(name);
        }

        throw new EmbeddedServerException(
            "PostgreSQL does not run as root and there is no account to lend it",
            "postgres, nobody",
            "Create one (useradd --system postgres), or start as an ordinary user.");
    }

    /// <summary>Whoever made the cluster runs it, so that a host started with sudo does not lock its own user out.</summary>
    public static async Task<ServerAccount> OwnerOfAsync(string path, CancellationToken ct)
    {
        var result = await new Command("/bin/sh", "-c", "stat -c %U \"$1\" 2>/dev/null || stat -f %Su \"$1\"", "sh", path).RunAsync(ct);
        var owner = result.Output.Trim();
        if (!result.Succeeded || owner is "" or "root" or "UNKNOWN")
        {
            throw new EmbeddedServerException(
                $"The cluster belongs to {(owner is "root" ? "root, which PostgreSQL refuses" : "an unknown account")}", path,
                "Give it back to the account that made it: chown -R postgres: on that directory.");
        }

        return new ServerAccount(owner);
    }

    public async Task<bool> CanTraverseAsync(string directory, CancellationToken ct) =>
        (await new Command("/bin/sh", "-c", "cd \"$1\"", "sh", directory) { User = User }.RunAsync(ct)).Succeeded;

    /// <summary>Makes a file or directory the server's own and nobody else's (root still reads it).</summary>
    public async Task TakeAsync(string path, UnixFileMode mode, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(path, mode);
        if (User is null)
            return;
        var chown = await new Command("chown", $"{User}:", path).RunAsync(ct);
        if (!chown.Succeeded)
            throw new EmbeddedServerException(
                $"Cannot give it to {User}: {chown.Complaint}", path, "Choose a directory on a local file system.");
    }
}
