using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What people did, newest first, for admins: <c>?who=</c>, <c>?what=</c>, <c>?from=</c> a day of the reader's zone.</summary>
public sealed class AuditModel(Visit visit) : ConsolePage(visit)
{
    public const int Shown = 100;

    private const int LongestFilter = 200;

    public IReadOnlyList<AuditRow> Rows { get; private set; } = [];

    public string Who { get; private set; } = "";

    public string What { get; private set; } = "";

    public string From { get; private set; } = "";

    /// <summary>Where the next page begins; null: this is the last.</summary>
    public string? Older => Rows.Count < Shown ? null
        : "/audit?" + string.Join('&', new[]
        {
            Who.Length > 0 ? $"who={Uri.EscapeDataString(Who)}" : null, What.Length > 0 ? $"what={Uri.EscapeDataString(What)}" : null, From.Length > 0 ? $"from={From}" : null,
            string.Create(CultureInfo.InvariantCulture, $"before={Rows[^1].Id}"),
        }.OfType<string>());

    /// <summary>Where it was done from, and by whom: <c>web:ann</c> is ann, in the console.</summary>
    public static (string Where, string Who) Split(string actor) => actor.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
        ? (actor[..colon] switch { "web" => "console", "cli" => "command line", "api" => "API", var other => other }, actor[(colon + 1)..])
        : ("", actor);

    /// <summary>The page of what it was done to; null: it has none.</summary>
    public static string? Link(AuditRow row) => row.Kind switch
    {
        "dag" => Links.Dag(row.Target),
        "run" when long.TryParse(row.Target, NumberStyles.None, CultureInfo.InvariantCulture, out var run) => Links.Run(run),
        "backfill" when long.TryParse(row.Target, NumberStyles.None, CultureInfo.InvariantCulture, out var backfill) => Links.Backfill(backfill),
        "asset" => Links.Asset(row.Target),
        "pool" => "/pools",
        "worker" => "/workers",
        _ => null,
    };

    public async Task OnGetAsync(string? who, string? what, string? from, long? before, CancellationToken cancellation)
    {
        Visit.Check(Role.Admin);
        static string Text(string? given) => given?.Trim() is { Length: > 0 and <= LongestFilter } text ? text : "";
        (Who, What) = (Text(who), Text(what));
        var start = LocalDatePattern.Iso.Parse(from ?? "").TryGetValue(default, out var day) ? Visit.Zone.AtStartOfDay(day).ToDateTimeOffset() : (DateTimeOffset?)null;
        From = start is null ? "" : LocalDatePattern.Iso.Format(day);
        Rows = await Visit.Access.AuditAsync(new AuditFilter(before, Who.Length > 0 ? Who : null, What.Length > 0 ? What : null, start, Shown), cancellation);
    }
}
