using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Views;

/// <summary>The lists of the inbox.</summary>
internal static class ApprovalInbox
{
    public const string Mine = "mine";
    public const string All = "all";
    public const string Signals = "signals";
    public const string Done = "done";

    /// <summary>Of each list no more is shown.</summary>
    public const int Shown = 200;

    /// <summary>So many are looked at to find those of one person: what others are asked must not crowd out what they are.</summary>
    public const int Looked = 5000;

    /// <summary>Whether somebody may still decide it.</summary>
    public static bool IsFor(ApprovalRow row, SignedIn? who) => who is not null && Roles.Of(who.Role) >= Role.Operator && row.State == 'a'
        && (!row.ByAdmin || Roles.Of(who.Role) == Role.Admin) && (row.People.Count == 0 || row.People.Contains(who.Name))
        && !(row.NotByStarter && Person(row.Starter) == who.Name) && !row.DecidedBy.Contains(who.Name);

    /// <summary>Who may decide, in words.</summary>
    public static string Who(ApprovalRow row) => (row.People.Count > 0 ? string.Join(", ", row.People) : row.ByAdmin ? "administrators" : "operators")
        + (row.NotByStarter ? ", not who started the run" : "") + (row.Needed > 1 ? $"; {row.Needed} must" : "");

    public static string Word(char state) => state switch { 'a' => "Needs approval", 's' => "Approved", 'f' => "Rejected", _ => "Taken back" };

    /// <summary>The mark of what a question has come to.</summary>
    public static char Mark(char state) => state switch { 'x' => 'c', var same => same };

    /// <summary>An actor without the way in which they came: web:ann is ann.</summary>
    public static string Person(string actor) => actor[(actor.IndexOf(':', StringComparison.Ordinal) + 1)..].ToLowerInvariant();

    /// <summary>Evidence as a table: a list of objects; null: it is none. What is not shown of it is counted.</summary>
    public static (IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<JsonNode?>> Rows, int More, int MoreColumns)? Table(string? evidence)
    {
        const int Most = 200;
        const int MostColumns = 20;
        if (evidence is null || JsonNode.Parse(evidence) is not JsonArray { Count: > 0 } list || list.Any(row => row is not JsonObject))
            return null;
        // The database keeps no order of fields: what numbers are about comes before them.
        var all = list.Cast<JsonObject>().Take(Most).SelectMany(row => row).GroupBy(field => field.Key, field => field.Value)
            .OrderBy(column => column.All(value => value is null || IsNumber(value))).Select(column => column.Key).ToList();
        var columns = all.Take(MostColumns).ToList();
        return (columns, [.. list.Cast<JsonObject>().Take(Most).Select(row => columns.ConvertAll(column => row[column]))], Math.Max(0, list.Count - Most), all.Count - columns.Count);
    }

    /// <summary>A single object as pairs; null: it is none.</summary>
    public static IReadOnlyList<(string Name, JsonNode? Value)>? Pairs(string? evidence) =>
        evidence is not null && JsonNode.Parse(evidence) is JsonObject { Count: > 0 and <= 60 } fields ? [.. fields.Select(field => (field.Key, field.Value))] : null;

    /// <summary>Numbers as they are written: rounded or grouped, an account, a year or a small difference would be another one than people decide on.</summary>
    public static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue one when one.GetValueKind() == JsonValueKind.String => one.GetValue<string>(),
        _ => value.ToJsonString(),
    };

    public static bool IsNumber(JsonNode? value) => value?.GetValueKind() == JsonValueKind.Number;
}
