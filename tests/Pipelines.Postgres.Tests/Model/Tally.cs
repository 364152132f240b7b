using Pipelines.Testing.Model;

namespace Pipelines.Postgres.Tests.Model;

/// <summary>What happened: a test that never came to a rule has not tested it.</summary>
internal sealed class Tally
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Reports, claims and all other operations.</summary>
    public long Steps { get; set; }

    public long Compared { get; set; }

    public long Moves { get; private set; }

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public void Count(string what, long times = 1) => _counts[what] = _counts.GetValueOrDefault(what) + times;

    public void Moved(ModelInstance instance)
    {
        Moves++;
        Count($"to {instance.State}");
        if (instance.State is 'q' or 'k' or 'u' or 'w' && instance is { Attempt: 0 } && (instance.IsElement || instance.Task.Above.Count > 0 || instance.Task.IsRunCallback))
            Count($"rule {Name(instance)} {instance.State}");
    }

    public static string Name(ModelInstance instance) => Name(instance.Rule) + (instance.Task.AboveByIndex.Count > 0 && instance.IsElement ? " by index" : "");

    public static string Name(int rule) => rule switch
    {
        Rules.Teardown => "Teardown",
        Rules.TaskFailed => "OnFailure",
        Rules.TaskSucceeded => "OnSuccess",
        Rules.RunFailed => "OnFailure of the run",
        Rules.RunSucceeded => "OnSuccess of the run",
        _ => ((TriggerRule)rule).ToString(),
    };
}
