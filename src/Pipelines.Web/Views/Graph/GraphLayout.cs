using System.Globalization;
using System.Text;

namespace Pipelines.Web.Views.Graph;

/// <summary>
/// A layered layout in which an open group is laid out by itself and then stands in its surroundings as one item: its tasks are together, nothing
/// else lies in its box, and nothing overlaps. The same graph always gives the same picture.
/// </summary>
internal static class GraphLayout
{
    public const int NodeWidth = 196;
    public const int NodeHeight = 40;

    private const int Margin = 16;
    private const int Pad = 12;
    private const int Title = 26;

    /// <summary>An item: a node, or an open group with items in it.</summary>
    private sealed class Item(string key, string name, bool group, bool open)
    {
        public string Key { get; } = key;

        public string Name { get; } = name;

        public bool Group { get; } = group;

        public bool Open { get; } = open;

        public List<int> Tasks { get; } = [];

        public List<Item> Inside { get; } = [];

        /// <summary>Edges between items inside, and where each is in the list.</summary>
        public Dictionary<(Item From, Item To), int> Edges { get; } = [];

        public IReadOnlyList<(int From, int To, int Cross)>[] Lanes { get; set; } = [];

        public HashSet<int> Back { get; set; } = [];

        public (int Main, int Cross) Size { get; set; }

        public (int Main, int Cross) At { get; set; }
    }

    /// <param name="tasks">In a topological order, each with its upstreams.</param>
    /// <param name="groups">Which are open.</param>
    /// <param name="across">From left to right; else from top to bottom.</param>
    public static GraphPicture Of(IReadOnlyList<(string Id, IReadOnlyList<string> Upstreams)> tasks, TaskGroups groups, bool across)
    {
        var closed = Leaves(tasks, groups) > GraphPicture.MostNodes && groups.Open.Count > 0;
        if (closed)
            groups = groups with { Open = new HashSet<string>() };
        var root = new Item("", "", true, true);
        var paths = Build(root, tasks, groups);
        var edges = new Dictionary<(Item From, Item To), (Item Level, List<(int, int)> Pairs)>();
        var number = tasks.Select((task, no) => (task.Id, no)).ToDictionary(pair => pair.Id, pair => pair.no, StringComparer.Ordinal);
        for (var no = 0; no < paths.Count; no++)
        {
            foreach (var up in tasks[no].Upstreams.Where(up => number.TryGetValue(up, out var from) && from < paths.Count).Select(up => number[up]))
                Connect(root, paths[up], paths[no], (up, no), edges);
        }

        Place(root, across);
        Shift(root, (Margin, Margin));
        var (nodes, boxes) = (new List<GraphNode>(), new List<GraphBox>());
        Collect(root, across, nodes, boxes);
        return new(nodes, boxes, [.. edges.Select(edge => Edge(edge.Key, edge.Value, across))],
            (across ? root.Size.Main : root.Size.Cross) + (2 * Margin), (across ? root.Size.Cross : root.Size.Main) + (2 * Margin), tasks.Count - paths.Count, closed);
    }

    private static int Leaves(IReadOnlyList<(string Id, IReadOnlyList<string> Upstreams)> tasks, TaskGroups groups) =>
        tasks.Select(task => groups.HiddenBy(task.Id) is { } group ? group + "." : task.Id).Distinct().Count();

    /// <summary>Of each task the items that it lies in, down to its node. Tasks past the most that are shown have none.</summary>
    private static List<List<Item>> Build(Item root, IReadOnlyList<(string Id, IReadOnlyList<string> Upstreams)> tasks, TaskGroups groups)
    {
        var (items, paths, shown) = (new Dictionary<string, Item>(StringComparer.Ordinal), new List<List<Item>>(tasks.Count), 0);
        for (var no = 0; no < tasks.Count; no++)
        {
            var (level, path, id) = (root, new List<Item>(), tasks[no].Id);
            foreach (var (key, name, group, open) in TaskGroups.Above(id).Select(group => (group + ".", group, true, groups.Open.Contains(group))).Append((id, id, false, false)))
            {
                if (!items.TryGetValue(key, out var item))
                {
                    if (!open && ++shown > GraphPicture.MostNodes)
                        return paths;
                    items[key] = item = new Item(key, name, group, open);
                    level.Inside.Add(item);
                }

                path.Add(item);
                level = item;
                if (!open)
                    break;
            }

            level.Tasks.Add(no);
            paths.Add(path);
        }

        return paths;
    }

    /// <summary>Two nodes are connected, and where their ways part, the items that they lie in.</summary>
    private static void Connect(
        Item root, List<Item> from, List<Item> to, (int, int) pair, Dictionary<(Item From, Item To), (Item Level, List<(int, int)> Pairs)> edges)
    {
        if (from[^1] == to[^1])
            return;
        var (level, depth) = (root, 0);
        for (; from[depth] == to[depth]; depth++)
            level = from[depth];
        level.Edges.TryAdd((from[depth], to[depth]), level.Edges.Count);
        if (!edges.TryGetValue((from[^1], to[^1]), out var edge))
            edges[(from[^1], to[^1])] = edge = (level, []);
        edge.Pairs.Add(pair);
    }

    private static void Place(Item item, bool across)
    {
        if (!item.Open)
        {
            item.Size = across ? (NodeWidth, NodeHeight) : (NodeHeight, NodeWidth);
            return;
        }

        foreach (var one in item.Inside)
            Place(one, across);
        var index = item.Inside.Select((one, i) => (one, i)).ToDictionary(pair => pair.one, pair => pair.i);
        var edges = item.Edges.OrderBy(edge => edge.Value).Select(edge => (index[edge.Key.From], index[edge.Key.To])).ToList();
        var (at, lanes, size, back) = Level.Place([.. item.Inside.Select(one => one.Size)], edges, across ? 14 : 18, across ? 56 : 36);
        for (var i = 0; i < at.Length; i++)
            item.Inside[i].At = at[i];
        (item.Lanes, item.Back, item.Size) = (lanes, back, size);
        if (item.Key.Length == 0)
            return;
        var (before, title) = across ? ((Pad, Title), (2 * Pad, Title + Pad)) : ((Title, Pad), (Title + Pad, 2 * Pad));
        item.Size = (size.Main + title.Item1, size.Cross + title.Item2);
        foreach (var one in item.Inside)
            one.At = (one.At.Main + before.Item1, one.At.Cross + before.Item2);
        item.Lanes = [.. lanes.Select(edge => edge.Select(lane => (lane.From + before.Item1, lane.To + before.Item1, lane.Cross + before.Item2)).ToList())];
    }

    /// <summary>From places in the surroundings to places in the picture.</summary>
    private static void Shift(Item item, (int Main, int Cross) by)
    {
        item.At = (item.At.Main + by.Main, item.At.Cross + by.Cross);
        item.Lanes = [.. item.Lanes.Select(edge => edge.Select(lane => (lane.From + item.At.Main, lane.To + item.At.Main, lane.Cross + item.At.Cross)).ToList())];
        foreach (var one in item.Inside)
            Shift(one, item.At);
    }

    private static void Collect(Item item, bool across, List<GraphNode> nodes, List<GraphBox> boxes)
    {
        var (x, y) = across ? item.At : (item.At.Cross, item.At.Main);
        var (width, height) = across ? item.Size : (item.Size.Cross, item.Size.Main);
        if (!item.Open)
            nodes.Add(new(item.Key, item.Name, item.Group, item.Tasks, x, y, width, height));
        else if (item.Key.Length > 0)
            boxes.Add(new(item.Name, x, y, width, height));
        foreach (var one in item.Inside)
            Collect(one, across, nodes, boxes);
    }

    private static GraphEdge Edge((Item From, Item To) ends, (Item Level, List<(int, int)> Pairs) edge, bool across)
    {
        var (from, to) = ends;
        // The edge between the items of that level in which the two nodes lie.
        var (a, b) = (edge.Level.Inside.First(one => Holds(one, from)), edge.Level.Inside.First(one => Holds(one, to)));
        var number = edge.Level.Edges[(a, b)];
        var points = new List<(int Main, int Cross)> { (from.At.Main + from.Size.Main, from.At.Cross + (from.Size.Cross / 2)) };
        foreach (var lane in edge.Level.Lanes[number])
            points.AddRange([(lane.From, lane.Cross), (lane.To, lane.Cross)]);
        points.Add((to.At.Main - 5, to.At.Cross + (to.Size.Cross / 2)));       // room for the arrow's head
        return new(from.Key, to.Key, Curve(points, across), edge.Pairs, edge.Level.Back.Contains(number));
    }

    private static bool Holds(Item item, Item node) => item == node || (item.Open && node.Key.StartsWith(item.Key, StringComparison.Ordinal));

    private static string Curve(List<(int Main, int Cross)> points, bool across)
    {
        string Point(int main, int cross) => string.Create(CultureInfo.InvariantCulture, $"{(across ? main : cross)} {(across ? cross : main)}");
        var path = new StringBuilder("M" + Point(points[0].Main, points[0].Cross));
        for (var i = 1; i < points.Count; i++)
        {
            var (last, next) = (points[i - 1], points[i]);
            var middle = (last.Main + next.Main) / 2;
            path.Append(last.Cross == next.Cross ? "L" + Point(next.Main, next.Cross)
                : $"C{Point(middle, last.Cross)} {Point(middle, next.Cross)} {Point(next.Main, next.Cross)}");
        }

        return path.ToString();
    }
}
