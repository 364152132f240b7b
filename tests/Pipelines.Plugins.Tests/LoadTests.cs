using Microsoft.Extensions.Logging;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Notifications;

namespace Pipelines.Plugins.Tests;

/// <summary>Plugins from a folder, as a scheduler loads them.</summary>
public sealed class LoadTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("pipelines-plugins-").FullName;
    private readonly Lines _log = new();

    [Fact]
    public void The_notifiers_of_a_folder_are_found_by_their_kind_and_what_is_broken_is_told()
    {
        Drop("Pipelines.Notify.Email", "Pipelines.Notify.Email");
        Drop("Pipelines.Notify.Webhook", "Pipelines.Notify.Webhook");
        Drop("Second", "Pipelines.Notify.Webhook");                      // not the name of its assembly
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "Torn")).FullName, "Torn.dll"), "MZ and no more");
        Directory.CreateDirectory(Path.Combine(Folder, "Empty"));
        var plugins = NotifierPlugins.Load([Folder], new BundleCache(_home), _log);
        Assert.Equal(["email", "webhook"], plugins.Kinds);
        Assert.Equal("Pipelines.Notify.Webhook.WebhookNotifier", plugins.Find("Webhook")!.GetType().FullName);
        Assert.NotSame(typeof(Pipelines.Notify.Webhook.WebhookNotifier), plugins.Find("webhook")!.GetType());   // of a copy, in a world of its own
        Assert.Equal(2, _log.Count);
        Assert.Contains(_log, line => line.Contains("Second cannot be used: There is no Second.dll", StringComparison.Ordinal));
        Assert.Contains(_log, line => line.Contains("Torn cannot be used", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plugin_of_the_operator_replaces_the_one_that_came_with_the_program()
    {
        Drop("Pipelines.Notify.Webhook", "Pipelines.Notify.Webhook");
        var plugins = NotifierPlugins.Load([Folder, Folder, Path.Combine(_home, "missing")], new BundleCache(_home), _log);
        Assert.Equal(["webhook"], plugins.Kinds);
        Assert.Empty(_log);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private string Folder => Path.Combine(_home, "plugins");

    private void Drop(string name, string assembly) => File.Copy(
        Path.Combine(AppContext.BaseDirectory, assembly + ".dll"), Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, name)).FullName, assembly + ".dll"));

    private sealed class Lines : List<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Add(formatter(state, exception));
    }
}
