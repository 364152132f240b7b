using Pipelines.Cli;
using Pipelines.Cli.Roles;

return await CommandLine.InvokeAsync(args, Console.Out, Console.Error, CancellationToken.None, RoleCommands.All());
