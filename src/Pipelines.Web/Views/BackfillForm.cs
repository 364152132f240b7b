using System.Globalization;
using Microsoft.AspNetCore.Http;
using NodaTime;
using NodaTime.Text;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Web.Views;

/// <summary>The fields of a backfill as they stand in the URL; what is no value is as usual.</summary>
internal sealed record BackfillForm(string Dag, string From, string To, string Existing, string Which, IReadOnlyList<string> Tasks, int AtOnce, bool NewestFirst, string Version, string? Arguments)
{
    private const int MostAtOnce = 1000;
    private const int UsualAtOnce = 4;

    /// <summary>Which tasks run: all, picked ones, or these and everything below.</summary>
    public static readonly IReadOnlyList<(string Value, string Label)> Choices = [("all", "All tasks"), ("down", "From a task down"), ("pick", "Picked tasks")];

    public static readonly IReadOnlyList<(string Value, string Label)> Presets = [("7d", "Last 7 d"), ("30d", "Last 30 d"), ("quarter", "This quarter")];

    /// <param name="query">The URL's.</param>
    /// <param name="today">In the DAG's zone: without days the last seven are meant.</param>
    public static BackfillForm Of(IQueryCollection query, LocalDate today)
    {
        var (from, to) = Days(query["preset"].ToString(), today);
        string One(string name, string usual, params IEnumerable<string> known) => query[name].ToString() is { Length: > 0 } given && known.Contains(given) ? given : usual;
        string Text(string name, LocalDate usual) => query[name].ToString() is { Length: > 0 } given && query["preset"].Count == 0 ? given : $"{usual:uuuu-MM-dd}";
        return new(
            query["dag"].ToString(), Text("from", from), Text("to", to), One("existing", "missing", BackfillPlan.Policies), One("tasks", "all", Choices.Select(choice => choice.Value)),
            [.. query["task"].OfType<string>().Where(task => task.Length > 0).Distinct()],
            int.TryParse(query["atonce"], NumberStyles.None, CultureInfo.InvariantCulture, out var atOnce) ? Math.Clamp(atOnce, 1, MostAtOnce) : UsualAtOnce,
            query["order"] == "newest", One("version", "current", "original"), query["arguments"].ToString() is { } json && !string.IsNullOrWhiteSpace(json) ? json.Trim() : null);
    }

    /// <exception cref="RefusedException">A day is none.</exception>
    public NewBackfill Asked() => new(Dag, Day("first", From), Day("last", To), Existing, NewestFirst, AtOnce, 0)
    {
        Tasks = Which == "all" ? null : Tasks.Count > 0 ? Tasks : throw new RefusedException("no task is picked. Pick one, or choose all tasks"),
        Downstream = Which == "down", Version = Version, Arguments = Arguments,
    };

    /// <summary>All of it, as a query string.</summary>
    public string Query()
    {
        var parts = new List<(string Name, string Value)>
        {
            ("dag", Dag), ("from", From), ("to", To), ("existing", Existing), ("tasks", Which), ("atonce", AtOnce.ToString(CultureInfo.InvariantCulture)),
            ("order", NewestFirst ? "newest" : "oldest"), ("version", Version), ("arguments", Arguments ?? ""),
        };
        parts.AddRange(Tasks.Select(task => ("task", task)));
        return string.Join('&', parts.Where(part => part.Value.Length > 0).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value)}"));
    }

    private static LocalDate Day(string which, string text) => LocalDatePattern.Iso.Parse(text).TryGetValue(default, out var day)
        ? day
        : throw new RefusedException($"the {which} day '{text}' is not a date; write a day that exists as 2026-01-31");

    private static (LocalDate From, LocalDate To) Days(string preset, LocalDate today) => preset switch
    {
        "30d" => (today.PlusDays(-30), today.PlusDays(-1)),
        "quarter" => (new LocalDate(today.Year, ((today.Month - 1) / 3 * 3) + 1, 1), today),
        _ => (today.PlusDays(-7), today.PlusDays(-1)),
    };
}
