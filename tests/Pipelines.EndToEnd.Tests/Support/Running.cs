using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Pipelines.EndToEnd.Tests;

/// <summary>A process of the program, with what it has said so far. It does not outlive the test.</summary>
public sealed class Running : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public Running(string home, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var argument in new[] { Built.Program }.Concat(arguments).Concat(["--home", home]))
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PIPELINES_", StringComparison.OrdinalIgnoreCase) && name != "PIPELINES_POSTGRES_BIN").ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        // A crash that a test asks for needs no dump of the process.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        Command = string.Join(' ', arguments);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private enum Signal
    {
        Kill = 9, Terminate = 15, Continue = 18, Stop = 19,
    }

    public string Command { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => Read(_output);

    public string Error => Read(_error);

    public void Kill() => Send(Signal.Kill);

    public void Terminate() => Send(Signal.Terminate);

    public void Freeze() => Send(Signal.Stop);

    public void Thaw() => Send(Signal.Continue);

    /// <summary>Waits for its end.</summary>
    public async Task<Ended> EndAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline.Time);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The process has not ended.\n{this}");
        }

        return new Ended(_process.ExitCode, Output, Error);
    }

    public override string ToString() =>
        $"--- {Command} (process {Id}, {(HasExited ? $"exit code {_process.ExitCode}" : "running")})\n{Tail(Output)}--- its stderr\n{Tail(Error)}";

    public void Dispose()
    {
        if (!_process.HasExited)
            Send(Signal.Kill);
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Send(Signal signal)
    {
        if (NativeKill(_process.Id, (int)signal) != 0 && !_process.HasExited)
            throw new InvalidOperationException($"Process {_process.Id} cannot be sent {signal}.\n{this}");
    }

    private static void Append(StringBuilder to, string? line)
    {
        if (line is null)
            return;
        lock (to)
            to.Append(line).Append('\n');
    }

    private static string Read(StringBuilder from)
    {
        lock (from)
            return from.ToString();
    }

    private static string Tail(string text) => text.Length <= 4000 ? text : "..." + text[^4000..];

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int process, int signal);
}

/// <summary>What a process that has ended gave back.</summary>
public sealed record Ended(int Code, string Output, string Error)
{
    public Ended Succeeded()
    {
        Assert.True(Code == 0, $"Exit code {Code}\n{Output}\n{Error}");
        return this;
    }

    public System.Text.Json.Nodes.JsonNode Json() => System.Text.Json.Nodes.JsonNode.Parse(Succeeded().Output)!;
}
