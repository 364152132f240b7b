using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What people did, newest first: <c>?who=</c>, <c>?what=</c>, <c>?from=</c> a day of the reader's zone.</summary>
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
            $"before={Uri.EscapeDataString(Times.Iso(Rows[^1].At))}", string.Create(CultureInfo.InvariantCulture, $"id={Rows[^1].Id}"),
        }.OfType<string>());

    /// <summary>Where it was done from, and by whom: <c>web:ann</c> is ann, in the console.</summary>
    public static (string Where, string Who) Split(string actor) => actor.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
        ? (actor[..colon] switch { "web" => "console", "cli" => "command line", "api" => "API", var other => other }, actor[(colon + 1)..])
        : ("", actor);

    /// <summary>What happened, where its words leave it open.</summary>
    public static string Words(AuditRow row) => row.Why ?? (row.To is { } to ? $"became {TaskState.Word(to)}" : "");

    public async Task OnGetAsync(string? who, string? what, string? from, DateTimeOffset? before, long? id, CancellationToken cancellation)
    {
        static string Text(string? given) => given?.Trim() is { Length: > 0 and <= LongestFilter } text ? text : "";
        (Who, What) = (Text(who), Text(what));
        var start = LocalDatePattern.Iso.Parse(from ?? "").TryGetValue(default, out var day) ? Visit.Zone.AtStartOfDay(day).ToDateTimeOffset() : (DateTimeOffset?)null;
        From = start is null ? "" : LocalDatePattern.Iso.Format(day);
        var page = before is { } at && id is { } number ? (at, number) : ((DateTimeOffset, long)?)null;
        Rows = await Store.AuditAsync(new AuditQuery(Who.Length > 0 ? Who : null, What.Length > 0 ? What : null, start, page, Shown), cancellation);
    }
}
