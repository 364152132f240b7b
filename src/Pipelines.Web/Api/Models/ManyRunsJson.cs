using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>Open runs to be moved to another version of their DAG.</summary>
/// <param name="Version">The version; null: the DAG's current one.</param>
/// <param name="DryRun">Only says what would be done.</param>
public sealed record UpgradeJson(int? Version = null, bool DryRun = false);

/// <summary>What going over to another version means for a run.</summary>
/// <param name="Run">The run.</param>
/// <param name="From">The version that it was on.</param>
/// <param name="To">The version that it was moved to.</param>
/// <param name="Added">Tasks that only the new version has.</param>
/// <param name="Removed">Tasks that only the old one has.</param>
/// <param name="Rewired">Tasks of both that wait for other ones than before.</param>
/// <param name="Refused">Why it stays on its version; null: it was moved.</param>
public sealed record UpgradedRunJson(
    long Run, int From, int To, IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Rewired, string? Refused)
{
    internal static UpgradedRunJson Of(UpgradedRun run) => new(run.RunId, run.From, run.To, run.Added, run.Removed, run.Rewired, run.Refused);
}

/// <summary>Failed runs that are to go on.</summary>
/// <param name="Since">Those that ended at this moment or later; null: all.</param>
/// <param name="FromTask">Makes a new run of each that begins at this task, without those that one was made of already; null: what failed runs again in each.</param>
/// <param name="DryRun">Only says which they are, and why one cannot go on.</param>
/// <param name="ReuseSteps">What failed, or the task where the new runs begin, keeps its steps, cursor and moments.</param>
public sealed record RerunFailedJson(DateTimeOffset? Since = null, string? FromTask = null, bool DryRun = false, bool ReuseSteps = false);

/// <summary>What became of a failed run.</summary>
/// <param name="Run">The run.</param>
/// <param name="ScheduledFor">The moment that it stands for.</param>
/// <param name="Tasks">What of it runs again.</param>
/// <param name="Instances">How many task instances that is.</param>
/// <param name="Made">The new run that was made of it; null: none was.</param>
/// <param name="Refused">Why it was left alone; null: it goes on.</param>
public sealed record RerunRunJson(long Run, DateTimeOffset ScheduledFor, IReadOnlyList<string> Tasks, int Instances, long? Made, string? Refused)
{
    internal static RerunRunJson Of(RerunRun run) => new(run.RunId, run.ScheduledFor, run.Tasks, run.Instances, run.Made, run.Refused);
}
