using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>Groups of tasks: the ids of a group's tasks begin with its name and a dot, and groups may lie in groups.</summary>
/// <param name="All">Every group of the graph, outer ones first.</param>
/// <param name="Open">Those whose tasks are shown.</param>
/// <param name="Usual">Nothing else was asked for.</param>
internal sealed record TaskGroups(IReadOnlyList<string> All, IReadOnlySet<string> Open, bool Usual)
{
    /// <summary>In a URL: all are closed. No group has this name.</summary>
    private const string None = ".";

    /// <summary>A graph of more tasks opens with its groups closed.</summary>
    private const int MostUsuallyOpen = 60;

    /// <summary>The worst comes first: what a group is shown as.</summary>
    private const string Worst = "furyaqwcnskx";

    public static TaskGroups Of(IEnumerable<string> taskIds, string? asked)
    {
        var ids = taskIds.ToList();
        var all = ids.SelectMany(Above).Distinct().Order(StringComparer.Ordinal).ToList();
        var open = asked?.Split(',').Where(all.Contains) ?? (ids.Count <= MostUsuallyOpen ? all : []);
        return new(all, open.ToHashSet(StringComparer.Ordinal), asked is null);
    }

    /// <summary>The group that a task or group lies in; null: none.</summary>
    public static string? Outer(string id) => id.LastIndexOf('.') is > 0 and var dot ? id[..dot] : null;

    /// <summary>What its name is inside its group.</summary>
    public static string Short(string id) => id[(id.LastIndexOf('.') + 1)..] is { Length: > 0 } name ? name : id;

    /// <summary>The groups that something lies in, the outermost first.</summary>
    public static IEnumerable<string> Above(string id) =>
        Enumerable.Range(1, Math.Max(0, id.Length - 1)).Where(at => id[at] == '.').Select(at => id[..at]);

    public static char StateOf(IEnumerable<char> states) => states.DefaultIfEmpty(TaskState.Scheduled).MinBy(state => (uint)Worst.IndexOf(state, StringComparison.Ordinal));

    /// <summary>The outermost closed group that hides it; null: it is shown itself.</summary>
    public string? HiddenBy(string id) => Above(id).FirstOrDefault(group => !Open.Contains(group));

    /// <summary>For the URL: with the group the other way; null: as usual.</summary>
    public string Toggled(string group) =>
        In(Open.Contains(group) ? Open.Where(one => one != group) : Open.Append(group));

    /// <summary>For the URL: all open, or all closed.</summary>
    public string With(bool open) => In(open ? All : []);

    private static string In(IEnumerable<string> open) => string.Join(',', open.Order(StringComparer.Ordinal)) is { Length: > 0 } some ? some : None;
}
