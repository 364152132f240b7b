using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Pipelines.Web.Views.Graph;

/// <summary>A graph as it is laid out, in whole pixels.</summary>
/// <param name="Hidden">Tasks that are left out, for there are too many.</param>
/// <param name="Closed">Groups that were asked to be open are closed, for there would be too many tasks.</param>
internal sealed record GraphPicture(
    IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphBox> Boxes, IReadOnlyList<GraphEdge> Edges, int Width, int Height, int Hidden, bool Closed)
{
    public const int MostNodes = 500;

    private const int MostKept = 64;

    /// <summary>A version's graph never changes: its pictures live as long as it is kept.</summary>
    private static readonly ConditionalWeakTable<DagSpec, ConcurrentDictionary<string, GraphPicture>> Kept = [];

    /// <summary>The picture, which is made once for a graph, its open groups and its direction.</summary>
    public static GraphPicture Of(DagSpec spec, TaskGroups groups, bool across)
    {
        var kept = Kept.GetOrCreateValue(spec);
        var key = (across ? ">" : "") + string.Join(",", groups.Open.Order(StringComparer.Ordinal));
        if (kept.TryGetValue(key, out var picture))
            return picture;
        if (kept.Count >= MostKept)
            kept.Clear();
        return kept[key] = GraphLayout.Of([.. spec.Tasks.Select(task => (task.Id, (IReadOnlyList<string>)[.. task.Upstreams.Select(edge => edge.Task)]))], groups, across);
    }
}

/// <summary>A task, or a group that is closed.</summary>
/// <param name="Key">A task's id; of a group its name with a dot.</param>
/// <param name="Tasks">The task's number, or those of the group's tasks.</param>
internal sealed record GraphNode(string Key, string Name, bool Group, IReadOnlyList<int> Tasks, int X, int Y, int Width, int Height);

/// <summary>An open group.</summary>
internal sealed record GraphBox(string Group, int X, int Y, int Width, int Height);

/// <param name="Path">As SVG writes it.</param>
/// <param name="Pairs">The edges between tasks that it stands for, by their numbers.</param>
/// <param name="Back">It goes against the direction: groups that need each other are closed.</param>
internal sealed record GraphEdge(string From, string To, string Path, IReadOnlyList<(int From, int To)> Pairs, bool Back);
