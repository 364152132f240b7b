using Microsoft.AspNetCore.Mvc;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What can be known of the whole from the database: whether schedulers keep up, who is connected, how large it is.</summary>
public sealed class HealthModel(Visit visit) : ConsolePage(visit)
{
    public HealthState State { get; private set; } = null!;

    public static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => FormattableString.Invariant($"{bytes / 1024.0:0.#} KB"),
        < 1024L * 1024 * 1024 => FormattableString.Invariant($"{bytes / (1024.0 * 1024):0.#} MB"),
        _ => FormattableString.Invariant($"{bytes / (1024.0 * 1024 * 1024):0.##} GB"),
    };

    public async Task<IActionResult> OnGetAsync(string? part, CancellationToken cancellation)
    {
        State = await HealthState.ReadAsync(Store, cancellation);
        await ClockAsync(cancellation);
        return part == "health" ? Partial("_Health", this) : Page();
    }
}
