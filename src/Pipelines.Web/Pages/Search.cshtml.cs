using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages;

/// <summary>What a text was found in: <c>?q=</c>.</summary>
public sealed class SearchModel(Visit visit) : ConsolePage(visit)
{
    public string Text { get; private set; } = "";

    internal Found Found { get; private set; } = Found.Nothing;

    public async Task OnGetAsync(string? q, CancellationToken cancellation)
    {
        Text = (q ?? "").Trim();
        await ClockAsync(cancellation);
        Found = await Found.ReadAsync(Store, Text, Now, cancellation);
    }
}
