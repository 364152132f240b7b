using System.CommandLine;
using Microsoft.Extensions.Logging;
using Pipelines.Cli.Output;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;

namespace Pipelines.Cli.Roles;

/// <summary>The commands that run until they are stopped.</summary>
internal static class RoleCommands
{
    private const int DefaultSlots = 16;

    public static IReadOnlyList<Command> All() => [Up(), Demo(), Scheduler(), Worker(), Web()];

    private static RoleCommand Up()
    {
        var up = new UpArguments();
        var command = new RoleCommand("up", "Runs everything: scheduler, worker and console, on a PostgreSQL of its own unless --database is given.", "pipelines up --port 8470 --slots 32");
        up.AddTo(command);
        return command.Runs((parsed, loggers, stop) => new UpRole(up.Of(parsed), parsed.InvocationConfiguration.Output, loggers).RunAsync(null, stop));
    }

    private static RoleCommand Demo()
    {
        var up = new UpArguments();
        var command = new RoleCommand("demo", "Runs everything and fills the console: a backfill of the sample DAG over its four years.", "pipelines demo");
        up.AddTo(command);
        return command.Runs((parsed, loggers, stop) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            return new UpRole(up.Of(parsed), output, loggers).RunAsync((runtime, cancellation) => DemoBackfill.RunAsync(runtime, output, cancellation), stop);
        });
    }

    private static RoleCommand Scheduler()
    {
        var dags = new Option<string?>("--dags") { Description = "A folder of DAG assemblies to watch.", HelpName = "DIR" };
        var plugins = Plugins();
        var hostName = HostName.Option();
        var command = new RoleCommand("scheduler", "Runs a scheduler: ticks, backfills, timers, lost workers, notifications. Any number may run.", "pipelines scheduler --database postgres://... --dags /srv/dags") { dags, plugins, hostName };
        return command.Runs((parsed, loggers, stop) =>
            ServeRoles.SchedulerAsync(Target(parsed, Payloads.None), parsed.GetValue(dags), parsed.GetValue(plugins), HostName.Of(parsed.GetValue(hostName)), loggers, parsed.InvocationConfiguration.Output, stop));
    }

    private static RoleCommand Worker()
    {
        var slots = Slots();
        var queues = new Option<string[]>("--queue") { Description = "A queue to serve; may be repeated.", HelpName = "NAME", DefaultValueFactory = _ => ["default"] };
        var defaults = new WorkerOptions();
        var lease = Seconds(3, 300, "--lease", defaults.Lease, "How long a worker that no longer answers keeps its tasks before others get them.");
        var drain = Seconds(0, 3600, "--drain", defaults.Drain, "How long running tasks may go on after SIGTERM before they are cancelled and given back.");
        var command = new RoleCommand("worker", "Runs a worker: claims ready tasks and runs their bodies.", "pipelines worker --database postgres://... --slots 32 --queue default --queue gpu") { slots, queues, lease, drain };
        return command.Runs((parsed, loggers, stop) => ServeRoles.WorkerAsync(
            Target(parsed, PayloadCodecs.Of(parsed)),
            defaults with
            {
                Slots = parsed.GetValue(slots), Queues = parsed.GetValue(queues)!,
                Lease = TimeSpan.FromSeconds(parsed.GetValue(lease)), Drain = TimeSpan.FromSeconds(parsed.GetValue(drain)),
            },
            loggers, parsed.InvocationConfiguration.Output, stop));
    }

    private static RoleCommand Web()
    {
        var web = new WebArguments();
        var command = new RoleCommand("web", "Runs the console and the API.", "pipelines web --database postgres://... --port 8470");
        web.AddTo(command);
        return command.Runs((parsed, loggers, stop) =>
            ServeRoles.WebAsync(Target(parsed, PayloadCodecs.Of(parsed)), web.Of(parsed, SharedOptions.HomeOf(parsed), null), loggers, parsed.InvocationConfiguration.Output, stop));
    }

    private static RoleTarget Target(ParseResult parsed, Payloads payloads) => new(SharedOptions.HomeOf(parsed), SharedOptions.DatabaseOf(parsed), payloads);

    private static Option<string?> Plugins() => new("--plugins") { Description = "The folder of plugins, loaded at the start; default: plugins in the home.", HelpName = "DIR" };

    private static Option<int> Slots() => Range(1, 1000, new Option<int>("--slots") { Description = "Tasks that run at once.", HelpName = "N", DefaultValueFactory = _ => DefaultSlots });

    private static Option<int> Seconds(int least, int most, string name, TimeSpan unlessGiven, string description) => Range(
        least, most, new Option<int>(name) { Description = $"{description} In seconds, {least} to {most}.", HelpName = "SECONDS", DefaultValueFactory = _ => (int)unlessGiven.TotalSeconds });

    public static Option<int> Range(int least, int most, Option<int> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var value) && (value < least || value > most))
                result.AddError($"{option.Name} must be {least} to {most}, not {value}");
        });
        return option;
    }

    /// <summary>What up and demo share.</summary>
    private sealed class UpArguments
    {
        private readonly WebArguments _web = new();
        private readonly Option<int> _slots = Slots();
        private readonly Option<string?> _dags = new("--dags") { Description = "The folder of DAG assemblies to watch; default: dags in the home.", HelpName = "DIR" };
        private readonly Option<string?> _hostName = HostName.Option();
        private readonly Option<string?> _plugins = Plugins();

        public void AddTo(Command command)
        {
            _web.AddTo(command);
            command.Add(_slots);
            command.Add(_dags);
            command.Add(_plugins);
            command.Add(_hostName);
        }

        public UpOptions Of(ParseResult parsed) => new(
            SharedOptions.HomeOf(parsed), dags => _web.Of(parsed, SharedOptions.HomeOf(parsed), dags), SharedOptions.DatabaseOf(parsed), parsed.GetValue(_dags), parsed.GetValue(_plugins), parsed.GetValue(_hostName), parsed.GetValue(_slots), PayloadCodecs.Of(parsed));
    }
}

/// <summary>A command that runs until Ctrl-C or SIGTERM, and then stops in good order: exit code 0.</summary>
internal sealed class RoleCommand(string name, string description, string example) : Command(name, description), IHasExample
{
    public string Example { get; } = example;

    public RoleCommand Runs(Func<ParseResult, ILoggerFactory, CancellationToken, Task> body)
    {
        SetAction((parsed, cancellation) => Failure.ReportAsync(
            parsed,
            async () =>
            {
                using var loggers = LoggerFactory.Create(logging => logging
                    .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "))
                    .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
                    .SetMinimumLevel(LogLevel.Warning));
                using var telemetry = Telemetry.Start();
                try
                {
                    await body(parsed, loggers, cancellation);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                }

                return 0;
            },
            CancellationToken.None));
        return this;
    }
}
