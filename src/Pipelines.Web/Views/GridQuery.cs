using System.Globalization;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What a grid page shows: all of it stands in the URL.</summary>
internal sealed record GridQuery(int Runs, DateTimeOffset? End, string Density, long? Run, string? Task)
{
    public const int DefaultRuns = 60;

    /// <summary>More columns make a table slow; the year view draws as many as four years of days.</summary>
    public const int MostColumns = 180;

    public const int MostRuns = 1500;

    public const string Usual = "comfortable";

    /// <summary>In <see cref="Open"/>: every group.</summary>
    public const string AllGroups = "*";

    public static readonly IReadOnlyList<string> Densities = ["large", Usual, "compact", "year"];

    /// <summary>Only runs of this kind; null: any.</summary>
    public char? Kind { get; init; }

    /// <summary>Only runs in this state; null: any.</summary>
    public char? State { get; init; }

    /// <summary>Only tasks whose id holds this.</summary>
    public string? Find { get; init; }

    /// <summary>Only tasks that failed in one of the runs shown.</summary>
    public bool Failing { get; init; }

    /// <summary>The groups that are open, with a dot at the end; null: as usual.</summary>
    public IReadOnlyList<string>? Open { get; init; }

    public bool Year => Density == "year";

    public bool Filtered => Kind is not null || State is not null || Find is not null || Failing;

    public GridWindow Window => new(Runs, End) { Kind = Kind, State = State };

    private int UsualRuns => Year ? MostRuns : DefaultRuns;

    public static GridQuery Of(int? runs, DateTimeOffset? end, string? density, long? run, string? task)
    {
        var known = density is not null && Densities.Contains(density) ? density : Usual;
        var most = known == "year" ? MostRuns : MostColumns;
        return new(Math.Clamp(runs ?? (known == "year" ? MostRuns : DefaultRuns), 1, most), end, known, run, run is null ? null : task);
    }

    /// <summary>This query as a relative URL; what is as usual is left out.</summary>
    public string Href()
    {
        var parts = new List<string>(10);
        if (Run is { } run)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"run={run}"));
        if (Task is { } task)
            parts.Add($"task={Uri.EscapeDataString(task)}");
        if (Density != Usual)
            parts.Add($"density={Density}");
        if (Runs != UsualRuns)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"runs={Runs}"));
        if (End is { } end)
            parts.Add($"end={Uri.EscapeDataString(Times.Iso(end))}");
        if (Kind is { } kind)
            parts.Add($"type={kind}");
        if (State is { } state)
            parts.Add($"state={state}");
        if (Find is { } find)
            parts.Add($"q={Uri.EscapeDataString(find)}");
        if (Failing)
            parts.Add("failing=1");
        if (Open is { } open)
            parts.Add($"open={Uri.EscapeDataString(string.Join(',', open))}");
        return "?" + string.Join('&', parts);
    }

    public GridQuery In(string density) => this with { Density = density, Runs = density == "year" ? MostRuns : Math.Min(Runs, Year ? DefaultRuns : MostColumns) };
}
