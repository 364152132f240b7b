using System.Globalization;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Live;

/// <summary>One task instance, with how many elements are in which state if it is mapped.</summary>
internal sealed record InstanceTopic(long RunId, int Map, string TaskId) : ChangeTopic
{
    /// <summary>Of RUN.MAP.TASK; null: it is none.</summary>
    public static InstanceTopic? Of(string text)
    {
        var parts = text.Split('.', 3);
        return parts.Length == 3 && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var run) && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var map)
            ? new(run, map, parts[2]) : null;
    }

    public override Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation) => sight.SeesAsync("run", RunId, cancellation);

    protected override async Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation)
    {
        if (await console.InstanceAsync(RunId, TaskId, Map, cancellation) is not { } run)
            return null;
        var shown = run.Instances.Count > 0 ? run.Instances[0] : null;
        var states = shown is { Key.MapIndex: < 0 } && run.Spec.Tasks.Any(task => task.Id == TaskId && task.Over is not null)
            ? await console.ElementStatesAsync(shown.Key, cancellation)
            : new Dictionary<char, int>();
        var steps = shown is { State: TaskState.Running } ? await console.StepsAsync(shown.Key, StepRow.Most, cancellation) : [];
        var values = shown is { State: TaskState.Running } ? await console.ValuesAsync(shown.Key, cancellation) : [];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Run.State} {steps.Count} {steps.Select(step => step.FinishedAt.UtcTicks).DefaultIfEmpty().Max()} {values.Select(value => value.At.UtcTicks).DefaultIfEmpty().Max()} {shown?.State} {shown?.Attempt} {shown?.StartedAt?.UtcTicks} {shown?.FinishedAt?.UtcTicks} {string.Join(' ', states.OrderBy(pair => pair.Key))}");
    }
}
