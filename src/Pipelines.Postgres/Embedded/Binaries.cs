using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipelines.Postgres.Embedded;

/// <summary>A usable set of PostgreSQL programs, tried by running one.</summary>
sealed partial record Binaries(string Directory, int Major, int Minor, string? LibraryPath)
{
    public const int OldestMajor = 15;

    static string Suffix => OperatingSystem.IsWindows() ? ".exe" : "";

    public string InitDb => Path.Combine(Directory, "initdb" + Suffix);
    public string PgCtl => Path.Combine(Directory, "pg_ctl" + Suffix);

    public override string ToString() => $"PostgreSQL {Major}.{Minor} in {Directory}";

    /// <summary>The real directory behind <paramref name="directory"/>, if all three programs we need lie in it.</summary>
    public static string? RealDirectory(string directory)
    {
        try
        {
            var postgres = new FileInfo(Path.Combine(directory, "postgres" + Suffix));
            if (!postgres.Exists)
                return null;
            var real = Path.GetDirectoryName(postgres.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? postgres.FullName)!;
            return File.Exists(Path.Combine(real, "initdb" + Suffix)) && File.Exists(Path.Combine(real, "pg_ctl" + Suffix)) ? real : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Runs them as the account that will: returns the set, or why it cannot be used.</summary>
    public static async Task<(Binaries? Found, string Problem)> TryAsync(
        string directory, string? libraryPath, ServerAccount account, CancellationToken ct)
    {
        foreach (var program in (string[])["initdb", "pg_ctl", "postgres"])
        {
            var command = new Command(Path.Combine(directory, program + Suffix), "--version") { User = account.User, LibraryPath = libraryPath };
            var result = await command.RunAsync(ct);
            if (!result.Succeeded)
                return (null, $"{command.File} does not run: {result.Complaint}");
            if (program is "postgres")
            {
                return VersionPattern().Match(result.Output) is { Success: true } m
                    ? (new Binaries(directory, Number(m.Groups[1].Value), Number(m.Groups[2].Value), libraryPath), "")
                    : (null, $"{command.File} does not tell its version");
            }
        }

        return (null, "");
    }

    static int Number(string digits) => digits is "" ? 0 : int.Parse(digits, CultureInfo.InvariantCulture);

    // "postgres (PostgreSQL) 15.18 (Debian ...)", "postgres (PostgreSQL) 18beta1"
    [GeneratedRegex(@"\(PostgreSQL\) (\d+)(?:\.(\d+))?")]
    private static partial Regex VersionPattern();
}
