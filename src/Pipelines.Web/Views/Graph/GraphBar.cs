namespace Pipelines.Web.Views.Graph;

/// <summary>What stands above a graph: its direction, its groups, and its size on the screen.</summary>
/// <param name="Groups">Which are open.</param>
/// <param name="Across">From left to right.</param>
/// <param name="Turn">Where the other direction is: true is from left to right.</param>
/// <param name="Open">Where other open groups are.</param>
/// <param name="List">Where the same stands as a list.</param>
internal sealed record GraphBar(TaskGroups Groups, bool Across, Func<bool, string> Turn, Func<string, string> Open, string List);
