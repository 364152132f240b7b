using Microsoft.Extensions.Logging;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;
using Pipelines.Postgres;
using Pipelines.Web;

namespace Pipelines.Cli.Roles;

/// <summary>The roles one by one, each in a process of its own against the same PostgreSQL.</summary>
internal static class ServeRoles
{
    public static async Task SchedulerAsync(RoleTarget target, string? dags, string? plugins, string hostName, ILoggerFactory loggers, TextWriter output, CancellationToken stop)
    {
        await using var host = await target.OpenAsync(loggers, stop).ConfigureAwait(false);
        using var scheduler = host.CreateScheduler();
        using var deliverer = host.CreateDeliverer(Path.GetFullPath(plugins ?? new Home(target.Home).Plugins));
        using var importer = dags is null ? null : host.CreateImporter(Path.GetFullPath(dags), hostName);
        output.WriteLine(dags is null ? "Scheduler runs; it watches no DAG folder (--dags)." : $"Scheduler runs and watches {Path.GetFullPath(dags)}.");
        await Task.WhenAll(scheduler.RunAsync(stop), deliverer.RunAsync(stop), importer?.RunAsync(stop) ?? Task.CompletedTask, host.TraceAsync(stop)).ConfigureAwait(false);
    }

    public static async Task WorkerAsync(RoleTarget target, WorkerOptions options, ILoggerFactory loggers, TextWriter output, CancellationToken stop)
    {
        await using var host = await target.OpenAsync(loggers, stop).ConfigureAwait(false);
        using var worker = host.CreateWorker(options with { PublicUrl = PublicAddress.Of() ?? target.UpUrl });
        output.WriteLine($"Worker {options.Name} serves {string.Join(", ", options.Queues)} with {options.Slots} slots.");
        await worker.RunAsync(stop).ConfigureAwait(false);
    }

    public static async Task WebAsync(RoleTarget target, WebOptions options, ILoggerFactory loggers, TextWriter output, CancellationToken stop)
    {
        await using var host = await target.OpenAsync(loggers, stop).ConfigureAwait(false);
        var access = new PostgresAccess(host.Db);
        await using var web = WebRole.Build(
            options, new Backend(new PostgresConsole(host.Db), new PostgresOperations(host.Db), access, new PostgresSettings(host.Db), new PostgresCallbacks(host.Db)) { Schedules = host.Schedules });
        var home = new Home(target.Home).Directory;
        var first = await FirstAdmin.EnsureAsync(access, home, stop).ConfigureAwait(false);
        await web.StartAsync(stop).ConfigureAwait(false);
        var url = WebRole.Address(web);
        output.WriteLine($"Console  {url}");
        // A server's output is kept in logs: a way in does not belong there but for the first time.
        if (first)
            await FirstAdmin.TellAsync(access, options.PublicUrl ?? url, home, output, stop).ConfigureAwait(false);
        else
            output.WriteLine("Sign in  with your account, or a link: pipelines users link NAME");
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
    }
}

/// <summary>Where a role finds its database: given, or that of the `up` at the home.</summary>
internal sealed record RoleTarget(string Home, string? Database, Payloads Payloads)
{
    /// <summary>The console of the `up` at the home; null: none runs there.</summary>
    public Uri? UpUrl => UpFile.Read(new Home(Home).Directory) is { } up ? new Uri(up.Url) : null;

    public Task<EngineHost> OpenAsync(ILoggerFactory loggers, CancellationToken stop)
    {
        var home = new Home(Home);
        var up = Database is null ? UpFile.Read(home.Directory) : null;
        return EngineHost.OpenAsync(
            Database ?? up?.Database ?? throw new CommandException(
                $"no database is given and nothing runs at {home.Directory}. Give one with --database or PIPELINES_DATABASE, or start `pipelines up` there."),
            home, up?.Connections ?? new Dictionary<string, string>(), loggers, Payloads, stop);
    }
}
