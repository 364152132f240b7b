using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What the list of DAGs shows: all of it stands in the URL, and what was used last fills an URL that says nothing.</summary>
internal sealed record DagQuery(string? Find, string? Tag, string? Owner, string? State, string Sort, int Page)
{
    public const int PageSize = 100;

    private const string Cookie = "dags";

    private static readonly string[] Keys = ["q", "tag", "owner", "state", "sort", "page"];

    public static readonly IReadOnlyList<(string Key, string Word)> States =
        [("s", "Last run succeeded"), ("f", "Last run failed"), ("r", "Running"), ("q", "Queued"), ("c", "Last run cancelled"), ("active", "Active"), ("paused", "Paused"), ("retired", "Retired")];

    public static readonly IReadOnlyList<(string Key, string Word)> Sorts = [("name", "By name"), ("state", "Trouble first"), ("last", "Last run first"), ("next", "Next run first"), ("owner", "By owner")];

    public bool Filtered => Find is not null || Tag is not null || Owner is not null || State is not null;

    public static DagQuery Of(HttpContext context)
    {
        var query = context.Request.Query;
        Func<string, string?> value = key => query[key];
        if (!Keys.Any(query.ContainsKey) && context.Request.Cookies[Cookie] is { Length: > 0 } used)
        {
            var last = QueryHelpers.ParseQuery(used);
            value = key => last.TryGetValue(key, out var one) ? (string?)one : null;
        }

        var (state, sort) = (value("state"), value("sort"));
        return new(
            Some(value("q")), Some(value("tag")), Some(value("owner")), States.Any(one => one.Key == state) ? state : null,
            Sorts.Any(one => one.Key == sort) ? sort! : "name", int.TryParse(value("page"), out var page) ? Math.Clamp(page, 1, 10_000) : 1);
    }

    /// <summary>For the next visit without a query.</summary>
    public void Keep(HttpContext context)
    {
        if (Keys.Any(context.Request.Query.ContainsKey))
            context.Response.Cookies.Append(Cookie, (this with { Page = 1 }).Href()["/dags".Length..], new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, MaxAge = TimeSpan.FromDays(365) });
    }

    public string Href() => Links.With(
        "/dags", ("q", Find, ""), ("tag", Tag, ""), ("owner", Owner, ""), ("state", State, ""), ("sort", Sort, "name"), ("page", Page.ToString(System.Globalization.CultureInfo.InvariantCulture), "1"));

    public IReadOnlyList<DagLine> Of(IEnumerable<DagLine> all)
    {
        var found = all.Where(dag =>
            (Find is null || dag.Spec.Id.Contains(Find, StringComparison.OrdinalIgnoreCase) || dag.Spec.Description?.Contains(Find, StringComparison.OrdinalIgnoreCase) == true)
            && (Tag is null || dag.Spec.Tags?.Contains(Tag) == true) && (Owner is null || dag.Spec.Owner == Owner)
            && State switch
            {
                null => true,
                "active" => !dag.Paused && !dag.Retired,
                "paused" => dag.Paused && !dag.Retired,
                "retired" => dag.Retired,
                _ => dag.Last?.State == State[0],
            });
        var byName = found.OrderBy(dag => dag.Retired);
        return Sort switch
        {
            "state" => [.. byName.ThenBy(dag => dag.Last?.State switch { 'f' => 0, 'r' => 1, 'q' => 2, null => 4, _ => 3 }).ThenBy(dag => dag.Spec.Id, StringComparer.OrdinalIgnoreCase)],
            "last" => [.. byName.ThenByDescending(dag => dag.Last?.RunId ?? 0)],
            "next" => [.. byName.ThenBy(dag => dag.Paused || dag.NextDue is null).ThenBy(dag => dag.NextDue)],
            "owner" => [.. byName.ThenBy(dag => dag.Spec.Owner is null).ThenBy(dag => dag.Spec.Owner, StringComparer.OrdinalIgnoreCase).ThenBy(dag => dag.Spec.Id, StringComparer.OrdinalIgnoreCase)],
            _ => [.. byName.ThenBy(dag => dag.Spec.Id, StringComparer.OrdinalIgnoreCase)],
        };
    }

    private static string? Some(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
