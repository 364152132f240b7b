using System.Reflection;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What can be known of the whole from the database: whether schedulers keep up, who is connected, how large it is.</summary>
public sealed class HealthModel(Visit visit) : ConsolePage(visit)
{
    /// <summary>A tick or a timer that is overdue for longer is looked at by nobody.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    public HealthRow Row { get; private set; } = null!;

    public IReadOnlyList<WorkerRow> Workers { get; private set; } = [];

    public (int Ready, int InLine) Length { get; private set; }

    public TimeSpan Lag => new[] { Row.Overdue, Row.TimerOverdue }.Max() ?? TimeSpan.Zero;

    public bool Behind => Lag > Late;

    public bool Stranded => Length.Ready > 0 && !Workers.Any(worker => worker is { Alive: true, Draining: false });

    public static string Version => typeof(HealthModel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => FormattableString.Invariant($"{bytes / 1024.0:0.#} KB"),
        < 1024L * 1024 * 1024 => FormattableString.Invariant($"{bytes / (1024.0 * 1024):0.#} MB"),
        _ => FormattableString.Invariant($"{bytes / (1024.0 * 1024 * 1024):0.##} GB"),
    };

    public async Task<IActionResult> OnGetAsync(string? part, CancellationToken cancellation)
    {
        Row = await Store.HealthAsync(cancellation);
        Workers = await Store.WorkersAsync(cancellation);
        Length = await Store.QueueLengthAsync(cancellation);
        await ClockAsync(cancellation);
        return part == "health" ? Partial("_Health", this) : Page();
    }
}
