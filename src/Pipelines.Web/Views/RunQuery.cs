using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Pipelines.Web.Views;

/// <summary>What a run's page shows: all of it stands in the URL.</summary>
internal sealed record RunQuery(string Tab)
{
    public static readonly IReadOnlyList<(string Name, string Title)> Tabs =
    [
        ("gantt", "Gantt"), ("graph", "Graph"), ("tasks", "Tasks"), ("logs", "Logs"), ("events", "Events"), ("arguments", "Arguments"), ("notes", "Notes"),
    ];

    /// <summary>The selected task; null: none.</summary>
    public string? Task { get; init; }

    /// <summary>The groups that are open, as <see cref="TaskGroups"/> writes them.</summary>
    public string? Open { get; init; }

    /// <summary>The critical path is marked.</summary>
    public bool Path { get; init; }

    /// <summary>Seconds from the run's start between which the Gantt shows; null: all.</summary>
    public (double From, double To)? Zoom { get; init; }

    /// <summary>Only tasks in this state.</summary>
    public char? State { get; init; }

    /// <summary>Of the log: E, W, or all.</summary>
    public char Level { get; init; } = 'I';

    /// <summary>The log's first line; null: where it usually opens.</summary>
    public long? From { get; init; }

    /// <summary>The graph goes from left to right.</summary>
    public bool Across { get; init; }

    /// <summary>The action whose form is shown; null: none.</summary>
    public string? Do { get; init; }

    public static RunQuery Of(IQueryCollection query)
    {
        string? Text(string name) => query[name].FirstOrDefault() is { Length: > 0 } value ? value : null;
        return new(Tabs.FirstOrDefault(tab => tab.Name == Text("tab")).Name ?? Tabs[0].Name)
        {
            Task = Text("task"), Open = Text("open"), Path = Text("path") == "1", Zoom = ZoomOf(Text("zoom")), State = Text("state") is [var state] ? state : null,
            Level = Text("level") is ['E' or 'W'] level ? level[0] : 'I', From = long.TryParse(Text("from"), NumberStyles.None, CultureInfo.InvariantCulture, out var from) ? from : null,
            Across = Text("dir") == "right", Do = Text("do"),
        };
    }

    /// <summary>This query as a relative URL; what is as usual is left out.</summary>
    public string Href()
    {
        var parts = new List<string?>
        {
            Tab == Tabs[0].Name ? null : $"tab={Tab}", Task is { } task ? $"task={Uri.EscapeDataString(task)}" : null, Open is { } open ? $"open={Uri.EscapeDataString(open)}" : null,
            Path ? "path=1" : null, Zoom is { } zoom ? string.Create(CultureInfo.InvariantCulture, $"zoom={zoom.From:0.###}-{zoom.To:0.###}") : null,
            State is { } state ? $"state={state}" : null, Level == 'I' ? null : $"level={Level}",
            From is { } from ? string.Create(CultureInfo.InvariantCulture, $"from={from}") : null, Across ? "dir=right" : null, Do is { } action ? $"do={Uri.EscapeDataString(action)}" : null,
        };
        return "?" + string.Join('&', parts.OfType<string>());
    }

    private static (double From, double To)? ZoomOf(string? text) =>
        text?.Split('-') is [var from, var to]
        && double.TryParse(from, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var start)
        && double.TryParse(to, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var end)
        && start < end && end < 1e9 ? (start, end) : null;
}
