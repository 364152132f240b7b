namespace Pipelines.Engine.Notifications;

/// <summary>The channels that the operator configured, by variables of this process: <c>PIPELINES_CHANNEL_NAME</c>.</summary>
/// <param name="variable">The value of a variable; null: it is not set.</param>
/// <param name="plugins">The notifiers there are.</param>
public sealed class Channels(Func<string, string?> variable, NotifierPlugins plugins)
{
    private const string Prefix = "PIPELINES_CHANNEL_";

    /// <summary>A channel and who delivers to it.</summary>
    /// <exception cref="PipelinesException">There is no such channel, it cannot be read, or no plugin has its kind.</exception>
    public (INotifier Notifier, ChannelSettings Settings) Find(string name)
    {
        var set = Prefix + name.ToUpperInvariant().Replace('-', '_').Replace('.', '_');
        if (variable(set) is not { Length: > 0 } text)
            throw new PipelinesException($"There is no channel '{name}'. Set {set} to kind=...;... where the scheduler runs, and start it again.");
        var settings = new ChannelSettings(name, text, set);
        var kind = settings.Text("kind");
        return (plugins.Find(kind) ?? throw new PipelinesException(
            $"{set} is of the kind '{kind}', for which no plugin is loaded; "
            + (plugins.Kinds.Count == 0 ? "there is none in the plugin folder (--plugins)." : $"there are: {string.Join(", ", plugins.Kinds)}.")), settings);
    }
}
