using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Pipelines.Benchmarks;

/// <summary>pgbench on the same server: single-row updates, one a commit, prepared.</summary>
internal static partial class PgBench
{
    public static async Task<CommitRate> RunAsync(string program, string connectionString, int seconds)
    {
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, "\\set id random(1, 10000)\nupdate pipelines.commit_row set v = v + 1 where id = :id;\n");
        try
        {
            return new(
                await TpsAsync(program, connectionString, script, 1, seconds),
                await TpsAsync(program, connectionString, script, 8, seconds),
                await TpsAsync(program, connectionString, script, 16, seconds));
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>On the PATH, where Debian puts it, or among what the embedded server downloaded.</summary>
    public static string Find(string home) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")) : [])
        .Select(folder => Path.Combine(folder, "pgbench"))
        .Concat(Directory.EnumerateFiles(home, "pgbench", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }))
        .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("There is no pgbench. Install PostgreSQL's server package, which brings it.");

    private static async Task<double> TpsAsync(string program, string connectionString, string script, int clients, int seconds)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-n", "-M", "prepared", "-f", script, "-c", $"{clients}", "-j", "2", "-T", $"{seconds}", "-h", target.Host!, "-p", $"{target.Port}", "-U", target.Username!, target.Database! })
            start.ArgumentList.Add(argument);
        start.Environment["PGPASSWORD"] = target.Password;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var match = Tps().Match(output);
        return match.Success
            ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pgbench failed: {await process.StandardError.ReadToEndAsync()}");
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Tps();
}
