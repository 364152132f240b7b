using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Pipelines.Benchmarks;

/// <summary>The chain of 100 steps on DBOS, which keeps steps in PostgreSQL, too: its TypeScript library, from npm, on a database of the same server.</summary>
internal sealed class DbosSteps : IDisposable
{
    private readonly Process _node;

    private DbosSteps(Process node, string version) => (_node, Version) = (node, version);

    public string Version { get; }

    /// <param name="folder">Into which the library is installed.</param>
    /// <param name="target">A database for it alone.</param>
    /// <returns>Null where there is no npm.</returns>
    public static async Task<DbosSteps?> StartAsync(string folder, string target)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(path => File.Exists(Path.Combine(path, "npm"))))
            return null;
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "dbos")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        using (var npm = Start(folder, null, "npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"))
        {
            var said = await npm.StandardOutput.ReadToEndAsync();
            await npm.WaitForExitAsync();
            if (npm.ExitCode != 0)
                throw new InvalidOperationException($"npm could not install DBOS: {said}");
        }

        var address = new NpgsqlConnectionStringBuilder(target);
        var database = $"postgresql://{address.Username}:{Uri.EscapeDataString(address.Password!)}@localhost:{address.Port}/{address.Database}?host={Uri.EscapeDataString(address.Host!)}";
        using var package = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "package.json")));
        var node = new DbosSteps(Start(folder, database, "node", "steps.mjs"), package.RootElement.GetProperty("dependencies").GetProperty("@dbos-inc/dbos-sdk").GetString()!);
        await node.LineAsync();                                             // it is ready
        return node;
    }

    /// <returns>Milliseconds of a workflow, from the call to its return.</returns>
    public async Task<double> RunAsync()
    {
        await _node.StandardInput.WriteLineAsync("run");
        await _node.StandardInput.FlushAsync();
        return double.Parse(await LineAsync(), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _node.StandardInput.Close();
        _node.WaitForExit();
        _node.Dispose();
    }

    private async Task<string> LineAsync() => await _node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The program on DBOS has ended; what it said stands above.");

    private static Process Start(string folder, string? database, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["NODE_ENV"] = "production";
        if (database is not null)
            start.Environment["STEPS_DATABASE"] = database;
        return Process.Start(start)!;
    }
}
