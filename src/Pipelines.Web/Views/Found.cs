using System.Globalization;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>DAGs, tasks, a run by its number, and errors of the last 30 days that hold a text.</summary>
internal sealed record Found(IReadOnlyList<DagLine> Dags, IReadOnlyList<(string DagId, string TaskId)> Tasks, RunSummary? Run, IReadOnlyList<FailureGroup> Errors)
{
    public static readonly Found Nothing = new([], [], null, []);

    private const int Longest = 200;
    private const int MostDags = 20;
    private const int MostTasks = 30;
    private const int MostErrors = 20;

    public bool Any => Dags.Count + Tasks.Count + Errors.Count > 0 || Run is not null;

    public static async Task<Found> ReadAsync(IConsole console, string text, DateTimeOffset now, CancellationToken cancellation)
    {
        if (text.Length is 0 or > Longest)
            return Nothing;
        var all = await console.DagLinesAsync(cancellation);
        var failures = await console.FailuresAsync(now.AddDays(-30), null, cancellation);
        return new(
            [.. all.Where(dag => Holds(dag.Spec.Id) || Holds(dag.Spec.Description) || Holds(dag.Spec.Owner) || dag.Spec.Tags?.Any(Holds) == true).OrderBy(dag => !Holds(dag.Spec.Id)).Take(MostDags)],
            await console.FindTasksAsync(text, MostTasks, cancellation),
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (await console.TaskAsync(number, "", cancellation))?.Run : null,
            [.. FailureGroup.Of(failures, all.ToDictionary(dag => dag.Spec.Id, StringComparer.Ordinal)).Where(group => Holds(group.What)).Take(MostErrors)]);

        bool Holds(string? part) => part?.Contains(text, StringComparison.OrdinalIgnoreCase) == true;
    }
}
