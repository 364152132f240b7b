using System.Diagnostics;

namespace Pipelines.Benchmarks;

/// <summary>A process as an operator starts it: the product's own program with one role.</summary>
internal sealed class RoleProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    public RoleProcess(string database, string home, params string[] role)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "pipelines.dll") }.Concat(role).Concat(["--home", home]))
            start.ArgumentList.Add(argument);
        start.Environment["PIPELINES_DATABASE"] = database;
        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
        (Role, Up) = (role[0], ReadAsync());
    }

    public string Role { get; }

    public int Id => _process.Id;

    /// <summary>What it says when it runs.</summary>
    public Task<string> Up { get; }

    public async Task ThrowIfEndedAsync()
    {
        if (_process.HasExited)
            throw new InvalidOperationException($"A {Role} process ended: {await _error}");
    }

    /// <summary>kill -9: it has no chance to say goodbye.</summary>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task<string> ReadAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"A {Role} process ended: {await _error}");
        _ = _process.StandardOutput.ReadToEndAsync();             // a pipe that nobody reads stops the writer
        return line;
    }
}
