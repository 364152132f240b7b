using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pipelines.Web.Views.Graph;

/// <summary>Something that has another value: null where it has none.</summary>
internal sealed record Changed(string What, string? Before, string? After);

/// <summary>What one version of a DAG has that another has not.</summary>
/// <param name="Dag">Of the DAG itself: its schedule, limits and arguments.</param>
/// <param name="Tasks">Tasks of both versions that differ, and in what.</param>
internal sealed record VersionDiff(
    IReadOnlyList<Changed> Dag, IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<(string Task, IReadOnlyList<Changed> What)> Tasks,
    IReadOnlySet<(string From, string To)> AddedEdges, IReadOnlySet<(string From, string To)> RemovedEdges)
{
    private const int LongestValue = 400;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The graphs are equal; only code can differ.</summary>
    public bool Same => Dag.Count + Added.Count + Removed.Count + Tasks.Count + AddedEdges.Count + RemovedEdges.Count == 0;

    public static VersionDiff Of(DagSpec before, DagSpec after)
    {
        var old = before.Tasks.ToDictionary(task => task.Id, StringComparer.Ordinal);
        var now = after.Tasks.ToDictionary(task => task.Id, StringComparer.Ordinal);
        var tasks = after.Tasks.Where(task => old.ContainsKey(task.Id))
            .Select(task => (task.Id, (IReadOnlyList<Changed>)[.. Between(Fields(old[task.Id]), Fields(task)), .. Conditions(old[task.Id], task)]))
            .Where(task => task.Item2.Count > 0).ToList();
        var (oldEdges, nowEdges) = (Edges(before), Edges(after));
        return new(
            [.. Between(Json(before, "id", "tasks"), Json(after, "id", "tasks"))],
            [.. after.Tasks.Select(task => task.Id).Where(id => !old.ContainsKey(id))], [.. before.Tasks.Select(task => task.Id).Where(id => !now.ContainsKey(id))], tasks,
            nowEdges.Except(oldEdges).ToHashSet(), oldEdges.Except(nowEdges).ToHashSet());
    }

    /// <summary>Both versions in one graph. An edge that is gone and would close a cycle is left out of it.</summary>
    public DagSpec Union(DagSpec before, DagSpec after)
    {
        var above = after.Tasks.Concat(before.Tasks.Where(task => Removed.Contains(task.Id)))
            .ToDictionary(task => task.Id, task => task.Upstreams.Select(edge => edge.Task).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var (from, to) in RemovedEdges.Where(edge => !Leads(above, edge.To, edge.From)))
            above[to].Add(from);
        var all = after.Tasks.Concat(before.Tasks.Where(task => Removed.Contains(task.Id)));
        return after with { Tasks = [.. all.Select(task => task with { Upstreams = [.. above[task.Id].Order(StringComparer.Ordinal).Select(up => new EdgeSpec(up))] })] };
    }

    private static HashSet<(string From, string To)> Edges(DagSpec spec) => [.. spec.Tasks.SelectMany(task => task.Upstreams.Select(edge => (edge.Task, task.Id)))];

    /// <summary>Whether a way goes from one task down to another.</summary>
    private static bool Leads(Dictionary<string, HashSet<string>> above, string from, string to)
    {
        var (seen, next) = (new HashSet<string>(StringComparer.Ordinal), new Stack<string>([to]));
        while (next.TryPop(out var at))
        {
            if (at == from)
                return true;
            foreach (var up in above.GetValueOrDefault(at) ?? [])
            {
                if (seen.Add(up))
                    next.Push(up);
            }
        }

        return false;
    }

    /// <summary>Edges that are there in both, and count otherwise.</summary>
    private static IEnumerable<Changed> Conditions(TaskSpec before, TaskSpec after) =>
        from edge in after.Upstreams
        let old = before.Upstreams.FirstOrDefault(one => one.Task == edge.Task)
        where old is not null && Text(old) != Text(edge)
        select new Changed($"after {edge.Task}", Text(old), Text(edge));

    private static string Text(EdgeSpec edge) => edge.When is { } when ? $"{edge.Kind}, when {when.ToJsonString()}" : edge.Kind.ToString();

    private static JsonObject Fields(TaskSpec task) => Json(task, "id", "upstreams");

    private static JsonObject Json<T>(T value, params ReadOnlySpan<string> without)
    {
        var json = JsonSerializer.SerializeToNode(value, Options)!.AsObject();
        foreach (var name in without)
            json.Remove(name);
        return json;
    }

    private static IEnumerable<Changed> Between(JsonObject before, JsonObject after) =>
        from name in after.Select(field => field.Key).Union(before.Select(field => field.Key))
        let old = Value(before[name])
        let now = Value(after[name])
        where old != now
        select new Changed(Words(name), old, now);

    private static string? Value(JsonNode? node) => node switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => Cut(text),
        _ => Cut(node.ToJsonString()),
    };

    private static string Cut(string text) => text.Length > LongestValue ? text[..LongestValue] + " …" : text;

    /// <summary>attemptTimeout: attempt timeout.</summary>
    private static string Words(string name) => string.Concat(name.Select(letter => char.IsAsciiLetterUpper(letter) ? " " + char.ToLowerInvariant(letter) : letter.ToString()));
}
