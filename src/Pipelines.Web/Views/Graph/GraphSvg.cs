using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views.Graph;

/// <summary>A graph as SVG: each node and each group is a link.</summary>
internal sealed class GraphSvg(GraphView view) : IHtmlContent
{
    /// <summary>So many letters of a name are shown beside a mark; a few more without one.</summary>
    private const int LongestName = 20;

    private readonly GraphPicture _picture = view.Picture;
    private readonly Dictionary<string, InstanceRow> _rows = view.Tasks?.Detail.Instances.ToDictionary(row => row.TaskId, StringComparer.Ordinal) ?? [];
    private readonly ILookup<int, ElementSum> _elements = (view.Tasks?.Elements ?? []).ToLookup(sum => sum.TaskNo);

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"<svg class=\"graph\" id=\"graph\" width=\"{_picture.Width}\" height=\"{_picture.Height}\" role=\"group\" aria-label=\"{encoder.Encode($"Graph of {view.Spec.Id}")}\">"));
        foreach (var (id, type) in new[] { ("arrow", ""), ("arrow-hot", " hot"), ("arrow-up", " up") })
            writer.Write($"<marker id=\"{id}\" class=\"head{type}\" viewBox=\"0 0 8 8\" refX=\"2\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\"/></marker>");
        foreach (var box in _picture.Boxes)
            WriteBox(writer, encoder, box);
        WriteEdges(writer);
        foreach (var node in _picture.Nodes)
            WriteNode(writer, encoder, node);
        writer.Write("</svg>");
    }

    private static string Short(string name, bool marked) => name.Length <= (marked ? LongestName : LongestName + 3) ? name : name[..(marked ? LongestName - 1 : LongestName + 2)] + "…";

    private void WriteBox(TextWriter writer, HtmlEncoder encoder, GraphBox box)
    {
        var href = encoder.Encode(view.Open(view.Groups.Toggled(box.Group)));
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"<rect class=\"gbox\" x=\"{box.X}\" y=\"{box.Y}\" width=\"{box.Width}\" height=\"{box.Height}\" rx=\"8\"/>"));
        writer.Write(string.Create(CultureInfo.InvariantCulture,
            $"<a href=\"{href}\" class=\"gtitle\"><title>{encoder.Encode($"Close the group {box.Group}")}</title><rect x=\"{box.X + 4}\" y=\"{box.Y + 1}\" width=\"{Math.Max(24, Math.Min(box.Width - 8, (TaskGroups.Short(box.Group).Length * 7) + 12))}\" height=\"24\" rx=\"4\"/><text x=\"{box.X + 11}\" y=\"{box.Y + 17}\">{encoder.Encode(Short(TaskGroups.Short(box.Group), marked: false))}</text></a>"));
    }

    /// <summary>What is painted comes last, so that it lies on top.</summary>
    private void WriteEdges(TextWriter writer)
    {
        var (hot, up) = view.Paths();
        string Look(GraphEdge edge) => edge.Pairs.Any(pair => view.AddedEdges.Contains(Ids(pair))) ? "added"
            : edge.Pairs.All(pair => view.RemovedEdges.Contains(Ids(pair))) ? "removed"
            : edge.Pairs.Any(hot.Contains) ? "hot" : edge.Pairs.Any(up.Contains) ? "up" : "";
        foreach (var (edge, look) in _picture.Edges.Select(edge => (edge, Look: Look(edge))).OrderBy(pair => pair.Look.Length > 0))
        {
            var head = look switch { "hot" or "removed" => "-hot", "up" or "added" => "-up", _ => "" };
            writer.Write($"<path class=\"edge {look}{(edge.Back ? " back" : "")}\" d=\"{edge.Path}\" marker-end=\"url(#arrow{head})\"/>");
        }
    }

    private (string, string) Ids((int From, int To) pair) => (view.Spec.Tasks[pair.From].Id, view.Spec.Tasks[pair.To].Id);

    private void WriteNode(TextWriter writer, HtmlEncoder encoder, GraphNode node)
    {
        var rows = node.Tasks.Select(no => _rows.GetValueOrDefault(view.Spec.Tasks[no].Id)).OfType<InstanceRow>().ToList();
        var elements = node.Group ? 0 : _elements[node.Tasks[0]].Sum(sum => sum.Count);
        char? state = rows.Count == 0 ? null : TaskGroups.StateOf(rows.Select(row => row.State));
        var below = node.Group ? $"{node.Tasks.Count} tasks{(state is { } worst && worst != TaskState.Succeeded ? ", " + TaskState.Word(worst) : "")}" : view.Below(node.Tasks[0], rows.FirstOrDefault(), elements);
        var mapped = !node.Group && view.Spec.Tasks[node.Tasks[0]].Mapped;
        var change = node.Group ? node.Tasks.Any(no => view.Changes.ContainsKey(view.Spec.Tasks[no].Id)) ? " chg-c" : "" : view.Changes.TryGetValue(node.Name, out var kind) ? $" chg-{kind}" : "";
        var selected = !node.Group && node.Name == view.Selected;
        var href = encoder.Encode(node.Group ? view.Open(view.Groups.Toggled(node.Name)) : view.Task(node.Name));
        var label = encoder.Encode($"{node.Name}, {below}{(state is { } known && !below.Contains(TaskState.Word(known), StringComparison.Ordinal) ? ", " + TaskState.Word(known) : "")}");
        writer.Write($"<a class=\"gn{(state is { } s ? $" {Marks.Class(s)}" : "")}{(selected ? " sel" : "")}{change}\" href=\"{href}\" aria-label=\"{label}\"{(selected ? " aria-current=\"true\"" : "")} data-node=\"{encoder.Encode(node.Key)}\">");
        var (x, y) = (node.X, node.Y);
        var edge = state is null ? 12 : 34;
        writer.Write($"<title>{label}</title>");
        if (node.Group || mapped)
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"<rect class=\"behind\" x=\"{x + 4}\" y=\"{y + 4}\" width=\"{node.Width}\" height=\"{node.Height}\" rx=\"7\"/>"));
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{y}\" width=\"{node.Width}\" height=\"{node.Height}\" rx=\"7\"/>"));
        if (state is { } mark)
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"<foreignObject x=\"{x + 10}\" y=\"{y + 12}\" width=\"16\" height=\"16\"><i class=\"mark {Marks.Class(mark)}\"></i></foreignObject>"));
        writer.Write(string.Create(CultureInfo.InvariantCulture,
            $"<text x=\"{x + edge}\" y=\"{y + 17}\">{encoder.Encode(Short(TaskGroups.Short(node.Name), state is not null))}</text> <text class=\"s\" x=\"{x + edge}\" y=\"{y + 32}\">{encoder.Encode(below)}</text></a>"));
    }
}
