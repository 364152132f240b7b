namespace Pipelines.Engine.Loading;

/// <summary>What a graph must keep to, beyond what the builder refuses while it is being defined.</summary>
internal static class SpecRules
{
    private const int MaxIdLength = 100;

    public static Problem? BrokenBy(DagSpec spec, Func<DagSpec, string?> checkSchedule)
    {
        if (spec.Tasks.Count == 0)
            return new Problem("The DAG has no tasks.", "Add one in Define: dag.Task(Method).");
        if (spec.MaxActiveRuns < 1)
            return new Problem(
                $"MaxActiveRuns is {spec.MaxActiveRuns}; no run could ever start.", "Set MaxActiveRuns to 1 or more, or pause the DAG instead.");
        if (checkSchedule(spec) is { } wrong)
            return new Problem(wrong, "Correct Cron, TimeZone, Start or End in the [Dag] attribute.");
        return spec.Tasks.Select(Broken).FirstOrDefault(problem => problem is not null);
    }

    public static Problem? BrokenId(string id) =>
        id.Length is > 0 and <= MaxIdLength
        && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-' or '.')
        && id[0] is not ('.' or '-') // "." and ".." mean something else in every address, and "-x" is an option
            ? null
            : new Problem(
                $"'{id}' cannot be a DAG's id.",
                $"Use lower-case letters, digits, '_', '-' and '.', at most {MaxIdLength} characters, and begin with a letter, a digit or '_'.");

    // These rules may decide before the condition's value is known, so that the condition would hold or not by chance.
    private static Problem? Broken(TaskSpec task) =>
        task.TriggerRule is TriggerRule.OneSuccess or TriggerRule.OneFailed && task.Upstreams.Any(edge => edge.When is not null)
            ? new Problem(
                $"Task '{task.Id}' has a condition (When) and the trigger rule {task.TriggerRule}, " +
                "which decides without waiting for the condition's value.",
                "Use another trigger rule, such as NoneFailedMinOneSuccess, or put the condition on a task of its own before this one.")
            : null;
}
