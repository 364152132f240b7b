using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Pipelines.Cli.Commands;
using Pipelines.Cli.Remote;

namespace Pipelines.Cli;

/// <summary>The whole command line: its commands, and how it is run with its output going anywhere.</summary>
public static class CommandLine
{
    // A client command that does not stop on Ctrl-C is ended; a role drains its work for as long as it needs.
    private static readonly TimeSpan ClientTermination = TimeSpan.FromSeconds(2);

    /// <summary>Builds the commands.</summary>
    /// <param name="roles">Commands that run until they are stopped, such as <c>up</c> and <c>worker</c>; they come first in the help.</param>
    public static RootCommand Build(params IReadOnlyList<Command> roles)
    {
        var root = new RootCommand("Pipelines: DAGs in C#, scheduled, run and watched, on PostgreSQL.")
        {
            SharedOptions.Home(), SharedOptions.Database(), SharedOptions.Output(), PayloadCodecs.Option(),
        };
        foreach (var command in roles)
            root.Add(command);
        root.Add(DagCommands.All());
        root.Add(RunCommands.All());
        root.Add(TaskCommands.All());
        root.Add(ApprovalCommands.All());
        root.Add(BackfillCommands.All());
        root.Add(AssetCommands.All());
        root.Add(PoolCommands.All());
        root.Add(LimitCommands.All());
        root.Add(LockCommands.All());
        root.Add(QueueCommands.All());
        root.Add(NotificationCommands.All());
        root.Add(WorkerCommands.All());
        root.Add(SettingCommands.Connections());
        root.Add(SettingCommands.Variables());
        root.Add(UserCommands.All());
        root.Add(TokenCommands.All());
        root.Add(KeyCommands.All());
        root.Add(DatabaseCommands.All());
        root.Add(CronCommands.All());
        root.Add(ProfileCommands.All());
        root.Add(VersionCommand.Make());
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExample((SynchronousCommandLineAction)help.Action!);
        return root;
    }

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code: 0 only on success, 130 when stopped by Ctrl-C.</returns>
    public static Task<int> InvokeAsync(
        IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancellation = default, params IReadOnlyList<Command> roles)
    {
        // @daily is a cron expression here, not a file of arguments.
        var parsed = Build(roles).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // Help is help, whatever else is missing; any other mistake is one line.
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            error.WriteLine($"error: {ParseErrors.Line(parsed)}");
            return Task.FromResult(1);
        }

        return parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = output, Error = error, EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = roles.Contains(parsed.CommandResult.Command) ? Timeout.InfiniteTimeSpan : ClientTermination,
            },
            cancellation);
    }
}
