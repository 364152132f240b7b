using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using NodaTime;
using NodaTime.Text;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What people did, newest first: <c>?who=</c>, <c>?what=</c>, <c>?from=</c> a day of the reader's zone. For operators who see all DAGs.</summary>
public sealed class AuditModel(Visit visit, IAccounts accounts) : ConsolePage(visit)
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

    /// <summary>What an action changed: of two objects the members that differ; anything else as it is.</summary>
    public static (string? Before, string? After) Changed(string? before, string? after)
    {
        if (before == after)
            return (null, null);
        if (Read(before) is not { } was || Read(after) is not { } then)
            return (before, after);
        var names = was.Select(member => member.Key).Union(then.Select(member => member.Key))
            .Where(name => was.ContainsKey(name) != then.ContainsKey(name) || !JsonNode.DeepEquals(was[name], then[name])).ToList();
        return (Lines(was, names), Lines(then, names));

        static string Lines(JsonObject from, List<string> names) =>
            string.Join('\n', names.Where(from.ContainsKey).Select(name => $"{name}: {JsonText.Of(from[name])}"));

        static JsonObject? Read(string? json)
        {
            try
            {
                return json is null ? null : JsonNode.Parse(json) as JsonObject;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    /// <summary>Where the thing can be seen; null: it has no page.</summary>
    public static string? Href(AuditRow row) => (row.Kind, long.TryParse(row.Target, CultureInfo.InvariantCulture, out var number)) switch
    {
        ("dag", _) => Links.Dag(row.Target),
        ("run", true) => Links.Run(number),
        ("backfill", true) => string.Create(CultureInfo.InvariantCulture, $"/backfills/{number}"),
        ("asset", _) => Links.Asset(row.Target),
        ("pool", _) => "/pools",
        ("worker", _) => "/workers",
        _ => null,
    };

    public async Task<IActionResult> OnGetAsync(string? who, string? what, string? from, long? before, CancellationToken cancellation)
    {
        static string Text(string? given) => given?.Trim() is { Length: > 0 and <= LongestFilter } text ? text : "";
        (Who, What) = (Text(who), Text(what));
        var start = LocalDatePattern.Iso.Parse(from ?? "").TryGetValue(default, out var day) ? Visit.Zone.AtStartOfDay(day).ToDateTimeOffset() : (DateTimeOffset?)null;
        From = start is null ? "" : LocalDatePattern.Iso.Format(day);
        Rows = await accounts.AuditAsync(new AuditFilter(before, Who.Length > 0 ? Who : null, What.Length > 0 ? What : null, start, Shown), cancellation);
        return Page();
    }
}
