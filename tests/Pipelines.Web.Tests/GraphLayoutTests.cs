using System.Globalization;
using System.Text.RegularExpressions;
using Pipelines.Web.Views;
using Pipelines.Web.Views.Graph;

namespace Pipelines.Web.Tests;

public sealed class GraphLayoutTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nodes_do_not_overlap_groups_hold_their_own_and_edges_go_forward(int seed)
    {
        var random = new Random(seed);
        var tasks = Random(random);
        var all = TaskGroups.Of(tasks.Select(task => task.Id), null).All;
        var groups = TaskGroups.Of(tasks.Select(task => task.Id), string.Join(',', all.Where(_ => random.Next(3) > 0)) + ".");
        var across = random.Next(2) == 0;

        var picture = GraphLayout.Of(tasks, groups, across);

        Assert.Equal(tasks.Count, picture.Nodes.Sum(node => node.Tasks.Count));
        Assert.Equal(groups.Open.Count(group => groups.HiddenBy(group) is null), picture.Boxes.Count);
        Assert.All(picture.Nodes, node => Assert.True(node.X >= 0 && node.Y >= 0 && node.X + node.Width <= picture.Width && node.Y + node.Height <= picture.Height));
        for (var i = 0; i < picture.Nodes.Count; i++)
        {
            for (var j = 0; j < i; j++)
                Assert.False(Overlap(Of(picture.Nodes[i]), Of(picture.Nodes[j])), $"{picture.Nodes[i].Key} and {picture.Nodes[j].Key}");
            foreach (var box in picture.Boxes)
                Assert.Equal(picture.Nodes[i].Key.StartsWith(box.Group + ".", StringComparison.Ordinal), Overlap(Of(picture.Nodes[i]), Of(box)));
        }

        foreach (var (a, b) in picture.Boxes.SelectMany(a => picture.Boxes.Where(b => string.CompareOrdinal(a.Group, b.Group) < 0).Select(b => (a, b))))
            Assert.Equal(b.Group.StartsWith(a.Group + ".", StringComparison.Ordinal), Overlap(Of(a), Of(b)));
        var nodes = picture.Nodes.ToDictionary(node => node.Key);
        foreach (var edge in picture.Edges.Where(edge => !edge.Back))
        {
            var (from, to) = (nodes[edge.From], nodes[edge.To]);
            Assert.True(across ? from.X + from.Width < to.X : from.Y + from.Height < to.Y, $"{edge.From} to {edge.To}");
            var main = Regex.Matches(edge.Path, @"-?\d+ -?\d+").Select(point => int.Parse(point.Value.Split(' ')[across ? 0 : 1], CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(main.Order(), main);
        }

        Assert.Equal(
            tasks.SelectMany((task, no) => task.Upstreams.Select(up => (tasks.FindIndex(one => one.Id == up), no)))
                .Where(pair => !picture.Nodes.Any(node => node.Tasks.Contains(pair.Item1) && node.Tasks.Contains(pair.no))).Order(),
            picture.Edges.SelectMany(edge => edge.Pairs).Order());
        Assert.Equivalent(picture, GraphLayout.Of(tasks, groups, across), strict: true);
    }

    [Fact]
    public void A_graph_without_groups_has_no_edge_that_goes_back()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var tasks = Random(new Random(seed)).Select(task => (task.Id.Replace('.', '_'), (IReadOnlyList<string>)[.. task.Upstreams.Select(up => up.Replace('.', '_'))])).ToList();
            Assert.DoesNotContain(GraphLayout.Of(tasks, TaskGroups.Of(tasks.Select(task => task.Item1), null), across: false).Edges, edge => edge.Back);
        }
    }

    [Fact]
    public void A_chain_is_straight_and_a_node_stands_between_what_it_follows()
    {
        var chain = Picture(("a", ""), ("b", "a"), ("c", "b"));
        Assert.Single(chain.Nodes.Select(node => node.X).Distinct());
        var fan = Picture(("a", ""), ("b", ""), ("c", ""), ("d", "a b c")).Nodes.ToDictionary(node => node.Key);
        Assert.InRange(fan["d"].X - fan["b"].X, -1, 1);
        var uncrossed = Picture(("a", ""), ("b", ""), ("x", "b"), ("y", "a")).Nodes.ToDictionary(node => node.Key);
        Assert.Equal(uncrossed["a"].X < uncrossed["b"].X, uncrossed["y"].X < uncrossed["x"].X);
    }

    [Fact]
    public void An_edge_over_ranks_passes_beside_what_stands_between()
    {
        var picture = Picture(("a", ""), ("b", "a"), ("c", "a b"));
        var b = picture.Nodes.Single(node => node.Key == "b");
        var path = picture.Edges.Single(edge => edge.From == "a" && edge.To == "c").Path;
        var points = Regex.Matches(path, @"(-?\d+) (-?\d+)").Select(point => (X: int.Parse(point.Groups[1].Value, CultureInfo.InvariantCulture), Y: int.Parse(point.Groups[2].Value, CultureInfo.InvariantCulture)));
        Assert.All(points.Where(point => point.Y >= b.Y && point.Y <= b.Y + b.Height), point => Assert.False(point.X > b.X && point.X < b.X + b.Width));
        Assert.Contains(points, point => point.Y == b.Y);
    }

    [Fact]
    public void At_most_500_nodes_are_shown()
    {
        List<(string Id, IReadOnlyList<string> Upstreams)> flat = [.. Enumerable.Range(0, 700).Select(i => ($"t{i}", (IReadOnlyList<string>)(i == 0 ? [] : [$"t{i / 2}"])))];
        var picture = GraphLayout.Of(flat, TaskGroups.Of(flat.Select(task => task.Id), null), across: false);
        Assert.Equal((500, 200), (picture.Nodes.Count, picture.Hidden));
        List<(string Id, IReadOnlyList<string> Upstreams)> grouped = [.. Enumerable.Range(0, 700).Select(i => ($"g{i / 100}.t{i}", (IReadOnlyList<string>)(i == 0 ? [] : [$"g{(i - 1) / 100}.t{i - 1}"])))];
        var ids = grouped.Select(task => task.Id).ToList();
        var closed = GraphLayout.Of(grouped, TaskGroups.Of(ids, TaskGroups.Of(ids, null).With(open: true)), across: false);
        Assert.Equal((7, 0, true), (closed.Nodes.Count, closed.Hidden, closed.Closed));
        Assert.Equal(107 - 1, GraphLayout.Of(grouped, TaskGroups.Of(ids, "g3"), across: false).Nodes.Count);
    }

    private static GraphPicture Picture(params (string Id, string Upstreams)[] tasks)
    {
        List<(string, IReadOnlyList<string>)> list = [.. tasks.Select(task => (task.Id, (IReadOnlyList<string>)task.Upstreams.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        return GraphLayout.Of(list, TaskGroups.Of(tasks.Select(task => task.Id), null), across: false);
    }

    private static List<(string Id, IReadOnlyList<string> Upstreams)> Random(Random random)
    {
        string[] prefixes = ["", "", "a.", "b.", "b.c.", "b.d.", "e."];
        var tasks = new List<(string Id, IReadOnlyList<string> Upstreams)>();
        for (var i = random.Next(1, 40); i > 0; i--)
            tasks.Add((prefixes[random.Next(prefixes.Length)] + $"t{tasks.Count}", [.. tasks.Where(_ => random.Next(tasks.Count) < 2).Select(task => task.Id)]));
        return tasks;
    }

    private static (int X, int Y, int Right, int Bottom) Of(GraphNode node) => (node.X, node.Y, node.X + node.Width, node.Y + node.Height);

    private static (int X, int Y, int Right, int Bottom) Of(GraphBox box) => (box.X, box.Y, box.X + box.Width, box.Y + box.Height);

    private static bool Overlap((int X, int Y, int Right, int Bottom) a, (int X, int Y, int Right, int Bottom) b) =>
        a.X < b.Right && b.X < a.Right && a.Y < b.Bottom && b.Y < a.Bottom;
}
