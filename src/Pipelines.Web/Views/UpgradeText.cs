using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What going over to another version means, in words.</summary>
internal static class UpgradeText
{
    private const int Named = 12;

    public static string Of(UpgradedRun run)
    {
        var parts = new[] { Text("adds", run.Added), Text("removes", run.Removed), Text("rewires", run.Rewired) }.OfType<string>().ToList();
        return parts.Count == 0 ? "the same graph, with the code of the new assembly" : string.Join("; ", parts);
    }

    private static string? Text(string verb, IReadOnlyList<string> tasks) =>
        tasks.Count == 0 ? null : $"{verb} {string.Join(", ", tasks.Take(Named))}{(tasks.Count > Named ? $" and {tasks.Count - Named} more" : "")}";
}
