namespace Pipelines.Engine.Loading;

/// <summary>What a graph must keep to, beyond what the builder refuses while it is being defined.</summary>
internal static class SpecRules
{
    private const int MaxIdLength = 100;

    public static Problem? BrokenBy(DagSpec spec, Func<DagSpec, string?> checkSchedule)
    {
        if (spec.Tasks.All(task => task.Role != TaskRole.Task))
            return new Problem("The DAG has no tasks.", "Add one in Define: dag.Task(Method).");
        if (spec.MaxActiveRuns < 1)
            return new Problem(
                $"MaxActiveRuns is {spec.MaxActiveRuns}; no run could ever start.", "Set MaxActiveRuns to 1 or more, or pause the DAG instead.");
        if (spec.Tasks.FirstOrDefault(task => WaitsForItself(task.Wait, spec.Id)) is { } self)
            return new Problem(
                $"Task '{self.Id}' waits for the very run that it is in, or starts a run of its own DAG and waits for that: it would never end.",
                "For the run before use DependsOnPast or an offset; start the DAG's own runs with wait: false.");
        return checkSchedule(spec) is { } wrong ? OfSchedule(wrong) : null;
    }

    public static Problem OfSchedule(string wrong) => new(wrong, "Correct Cron, TimeZone, Start or End in the [Dag] attribute, or dag.Schedule in Define.");

    /// <summary>A run of one's own with a place in the DAG's MaxActiveRuns each would wait for each other.</summary>
    private static bool WaitsForItself(WaitSpec? wait, string dag) =>
        wait?.Dag == dag && (wait.Kind == WaitKind.Run ? !wait.Detached : wait.Runs == RunsOf.Interval || wait.Offset == TimeSpan.Zero);

    public static Problem? BrokenId(string id) =>
        id.Length is > 0 and <= MaxIdLength
        && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-' or '.')
        && id[0] is not ('.' or '-') // "." and ".." mean something else in every address, and "-x" is an option
            ? null
            : new Problem(
                $"'{id}' cannot be a DAG's id.",
                $"Use lower-case letters, digits, '_', '-' and '.', at most {MaxIdLength} characters, and begin with a letter, a digit or '_'.");
}
