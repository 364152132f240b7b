using System.Globalization;

namespace Pipelines.Web.Views;

/// <summary>What a grid page shows: all of it stands in the URL.</summary>
internal sealed record GridQuery(int Runs, DateTimeOffset? End, string Density, long? Run, string? Task)
{
    public const int DefaultRuns = 60;

    /// <summary>More columns make a table slow; the year view draws as many as four years of days.</summary>
    public const int MostColumns = 180;

    public const int MostRuns = 1500;

    public static readonly IReadOnlyList<string> Densities = ["comfortable", "compact", "year"];

    public bool Year => Density == "year";

    private int Usual => Year ? MostRuns : DefaultRuns;

    public static GridQuery Of(int? runs, DateTimeOffset? end, string? density, long? run, string? task)
    {
        var known = density is not null && Densities.Contains(density) ? density : Densities[0];
        var most = known == "year" ? MostRuns : MostColumns;
        return new(Math.Clamp(runs ?? (known == "year" ? MostRuns : DefaultRuns), 1, most), end, known, run, run is null ? null : task);
    }

    /// <summary>This query as a relative URL; what is as usual is left out.</summary>
    public string Href()
    {
        var parts = new List<string>(6);
        if (Run is { } run)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"run={run}"));
        if (Task is { } task)
            parts.Add($"task={Uri.EscapeDataString(task)}");
        if (Density != Densities[0])
            parts.Add($"density={Density}");
        if (Runs != Usual)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"runs={Runs}"));
        if (End is { } end)
            parts.Add($"end={Uri.EscapeDataString(Times.Iso(end))}");
        return "?" + string.Join('&', parts);
    }

    public GridQuery In(string density) => this with { Density = density, Runs = density == "year" ? MostRuns : Math.Min(Runs, Year ? DefaultRuns : MostColumns) };
}
