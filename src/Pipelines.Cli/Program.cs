using Pipelines.Cli;
using Pipelines.Cli.Roles;

// A thread that a body has left behind would keep the process from ending if Main just returned.
Environment.Exit(await CommandLine.InvokeAsync(args, Console.Out, Console.Error, CancellationToken.None, RoleCommands.All()));
