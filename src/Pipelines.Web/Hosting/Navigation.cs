namespace Pipelines.Web.Hosting;

/// <summary>The side bar. A page without an entry is reached from another one.</summary>
internal static class Navigation
{
    public static readonly IReadOnlyList<Section> Sections =
    [
        new(null,
        [
            new("Home", "/", 'h', "M2.5 7.5 8 3l5.5 4.5V13H9.8V9.5H6.2V13H2.5z"),
            new("DAGs", "/dags", 'd', "M2.5 3h4v4h-4zM9.5 9h4v4h-4zM6.5 5H11v4"),
            new("Runs", "/runs", 'r', "M2.5 4h11M2.5 8h8M2.5 12h11"),
            new("Backfills", "/backfills", 'b', "M3 3v3h3M3.3 6A5.3 5.3 0 1 1 2.7 9M8 5v3.2l2 1.3"),
            new("Approvals", "/approvals", 'o', "M3 8.5 6.5 12 13 4.5"),
            new("Assets", "/assets", 'a', "M8 2.5 13.2 5v6L8 13.5 2.8 11V5zM2.8 5 8 7.5 13.2 5M8 7.5v6"),
            new("Schedule", "/schedule", 's', "M3 3.5h10v10H3zM3 6.5h10M6 2v3M10 2v3"),
        ]),
        new("Operate",
        [
            new("Workers", "/workers", 'w', "M2.8 3.5h10.4v6.5H2.8zM6 13h4M8 10v3"),
            new("Pools and limits", "/pools", 'p', "M3 4.6c0-1.5 10-1.5 10 0s-10 1.5-10 0v6.8c0 1.5 10 1.5 10 0V4.6M3 8c0 1.5 10 1.5 10 0"),
            new("Queue", "/queue", 'q', "M2.5 4h7M2.5 8h7M2.5 12h7M12.5 4v8M10.8 10.2l1.7 1.8 1.7-1.8"),
            new("Import errors", "/errors", 'i', "M8 2.5 14 13H2zM8 6.5v3M8 11.3v.1"),
            new("Notifications", "/notifications", 'n', "M4 11V7a4 4 0 0 1 8 0v4l1.2 1.5H2.8zM6.8 14h2.4"),
            new("Audit log", "/audit", 'l', "M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2.5"),
            new("Health", "/health/ui", 'e', "M2 8.5h3l1.5-4 2.5 8 1.7-5 .8 1.5H14"),
        ]),
        new("Configure",
        [
            new("Connections", "/connections", 'c', "M6.6 9.4 9.4 6.6M7.2 4.8 8.6 3.4a2.8 2.8 0 0 1 4 4l-1.4 1.4M8.8 11.2l-1.4 1.4a2.8 2.8 0 0 1-4-4l1.4-1.4"),
            new("Variables", "/variables", 'v', "M5.5 3C4 3 4 4 4 5.5S4 8 2.5 8C4 8 4 9 4 10.5S4 13 5.5 13M10.5 3C12 3 12 4 12 5.5S12 8 13.5 8C12 8 12 9 12 10.5S12 13 10.5 13"),
            new("Users", "/users", 'u', "M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8M3 13.4c.6-2.4 2.5-3.6 5-3.6s4.4 1.2 5 3.6"),
        ]),
    ];

    internal sealed record Section(string? Title, IReadOnlyList<Entry> Entries);

    /// <param name="Name">What it is called.</param>
    /// <param name="Url">Where it leads.</param>
    /// <param name="Key">After <c>g</c> it leads there.</param>
    /// <param name="Icon">An SVG path in a box of 16 by 16.</param>
    /// <param name="Below">Pages below these addresses belong to it as well.</param>
    internal sealed record Entry(string Name, string Url, char Key, string Icon, params string[] Below)
    {
        public bool Holds(string path) => path == Url || (Url != "/" && path.StartsWith(Url + "/", StringComparison.Ordinal))
            || Below.Any(start => path.StartsWith(start, StringComparison.Ordinal));
    }
}
