using Microsoft.AspNetCore.Mvc;
using Pipelines.Web.Access;
using Pipelines.Web.Hosting;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages;

/// <summary>What a text was found in, and the console's own pages by their names: <c>?q=</c>. <c>part=found</c> gives only what was found.</summary>
public sealed class SearchModel(Visit visit) : ConsolePage(visit)
{
    public string Text { get; private set; } = "";

    internal Found Found { get; private set; } = Found.Nothing;

    public IReadOnlyList<(string Name, string Url)> Pages { get; private set; } = [];

    public bool Any => Found.Any || Pages.Count > 0;

    public async Task<IActionResult> OnGetAsync(string? q, string? part, CancellationToken cancellation)
    {
        Text = (q ?? "").Trim();
        if (Text.Length > 0)
            Pages = [.. Navigation.Sections.SelectMany(section => section.Entries).Select(entry => (entry.Name, entry.Url)).Append(("Settings", "/settings"))
                .Where(page => page.Item1.Contains(Text, StringComparison.OrdinalIgnoreCase))];
        await ClockAsync(cancellation);
        Found = await Found.ReadAsync(Store, Text, Now, cancellation);
        return part == "found" ? Partial("_Found", this) : Page();
    }
}
