using System.Reflection;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>Whether schedulers keep up and workers take what is ready.</summary>
/// <param name="Row">What can be known from the database.</param>
/// <param name="Workers">The workers.</param>
/// <param name="Length">How many instances are ready, and in the line of a limit.</param>
public sealed record HealthState(HealthRow Row, IReadOnlyList<WorkerRow> Workers, (int Ready, int InLine) Length)
{
    /// <summary>A tick or a timer that is overdue for longer is looked at by nobody.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    public static string Version => typeof(HealthState).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public TimeSpan Lag => new[] { Row.Overdue, Row.TimerOverdue }.Max() ?? TimeSpan.Zero;

    public bool Behind => Lag > Late;

    public bool Stranded => Length.Ready > 0 && !Workers.Any(worker => worker is { Alive: true, Draining: false });

    public static async Task<HealthState> ReadAsync(IConsole console, CancellationToken cancellation) =>
        new(await console.HealthAsync(cancellation), await console.WorkersAsync(cancellation), await console.QueueLengthAsync(cancellation));
}
