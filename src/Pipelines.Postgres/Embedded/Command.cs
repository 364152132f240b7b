using System.ComponentModel;
using System.Diagnostics;

namespace Pipelines.Postgres.Embedded;

/// <summary>One run of a program of PostgreSQL or of the system: which, as whom, with which libraries, for how long.</summary>
sealed record Command(string File, params string[] Arguments)
{
    /// <summary>The account to run as; null runs as ourselves.</summary>
    public string? User { get; init; }

    /// <summary>Where unpacked shared libraries lie; null when the system has them.</summary>
    public string? LibraryPath { get; init; }

    public string? WorkingDirectory { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The program leaves a server behind, which must hold nothing of ours.</summary>
    public bool LeavesServer { get; init; }

    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>Runs to the end. A program that cannot be started at all is a result too, with <see cref="CommandResult.CouldNotStart"/>.</summary>
    public async Task<CommandResult> RunAsync(CancellationToken ct)
    {
        using var process = new Process { StartInfo = StartInfo() };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new CommandResult(CommandResult.CouldNotStart, "", e.Message);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Timeout);
        try
        {
            if (!process.StartInfo.RedirectStandardOutput)
            {
                await process.WaitForExitAsync(limit.Token);
                return new CommandResult(process.ExitCode, "", "");
            }

            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            ct.ThrowIfCancellationRequested();
            return new CommandResult(CommandResult.TookTooLong, "", $"{Name} did not finish within {Timeout.TotalSeconds:0} s");
        }
    }

    ProcessStartInfo StartInfo()
    {
        // A server on Windows inherits the pipes and would keep them open for ever, so there it gets none; without a console
        // it does not hear our Ctrl-C either. Elsewhere pg_ctl gives the server a session and files of its own.
        var piped = !(LeavesServer && OperatingSystem.IsWindows());
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = piped,
            RedirectStandardOutput = piped,
            RedirectStandardError = piped,
            CreateNoWindow = true,
            // Our own directory may be closed to the other account.
            WorkingDirectory = WorkingDirectory ?? (OperatingSystem.IsWindows() ? Environment.SystemDirectory : "/"),
        };
        if (User is not null)
            start.UserName = User;

        // Descriptors we were started with (a lock of a cron job, a pipe of a supervisor) would live as long as the server.
        // Ours are close-on-exec; the inherited ones have low numbers.
        var arguments = LeavesServer && !OperatingSystem.IsWindows()
            ? ["/bin/sh", "-c", "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec \"$@\"", "sh", File, .. Arguments]
            : (string[])[File, .. Arguments];
        start.FileName = arguments[0];
        foreach (var argument in arguments.AsSpan(1))
            start.ArgumentList.Add(argument);

        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment.Remove("LANGUAGE");
        start.Environment["LC_ALL"] = "C";
        if (LibraryPath is not null)
        {
            var existing = start.Environment.TryGetValue("LD_LIBRARY_PATH", out var value) ? value : null;
            start.Environment["LD_LIBRARY_PATH"] = string.IsNullOrEmpty(existing) ? LibraryPath : $"{LibraryPath}:{existing}";
        }

        return start;
    }
}

/// <summary>What a program said and how it ended.</summary>
sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public const int CouldNotStart = -1;
    public const int TookTooLong = -2;

    public bool Succeeded => ExitCode == 0;

    /// <summary>The line that most likely says what went wrong.</summary>
    public string Complaint => FailureLine.Of($"{Output}\n{Error}") ?? $"exit code {ExitCode}";
}
