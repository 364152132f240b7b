using System.Globalization;

namespace Pipelines.Web.Views.Graph;

/// <summary>What the graph page of a DAG shows: all of it stands in the URL.</summary>
internal sealed record GraphQuery(long? Run, bool Across, string? Open, string? Focus, bool List)
{
    /// <summary>This query as a relative URL; what is as usual is left out.</summary>
    public string Href()
    {
        var parts = new[]
        {
            Run is { } run ? string.Create(CultureInfo.InvariantCulture, $"run={run}") : null, Across ? "dir=right" : null, Open is { } open ? $"open={Uri.EscapeDataString(open)}" : null,
            Focus is { } focus ? $"focus={Uri.EscapeDataString(focus)}" : null, List ? "view=list" : null,
        };
        return "?" + string.Join('&', parts.OfType<string>());
    }
}
