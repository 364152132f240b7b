using System.Globalization;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>The URLs of pages.</summary>
internal static class Links
{
    public static string Dag(string dagId) => $"/dags/{Uri.EscapeDataString(dagId)}";

    public static string Cell(string dagId, long runId, string? taskId) =>
        $"{Dag(dagId)}?run={Number(runId)}" + (taskId is null ? "" : $"&task={Uri.EscapeDataString(taskId)}");

    public static string Graph(string dagId) => $"{Dag(dagId)}/graph";

    public static string Versions(string dagId) => $"{Dag(dagId)}/versions";

    public static string Version(string dagId, int version) => $"{Versions(dagId)}/{Number(version)}";

    public static string Run(long runId) => $"/runs/{Number(runId)}";

    public static string Task(long runId, string taskId, int mapIndex) =>
        $"{Run(runId)}/tasks/{Uri.EscapeDataString(taskId)}" + (mapIndex < 0 ? "" : $"/{Number(mapIndex)}");

    public static string Log(long runId, string taskId, int mapIndex, short? attempt = null, int? from = null)
    {
        var query = string.Join('&', new[] { attempt is { } a ? $"attempt={Number(a)}" : null, from is { } f ? $"from={Number(f)}" : null }.OfType<string>());
        return $"{Task(runId, taskId, mapIndex)}/log{(query.Length > 0 ? "?" + query : "")}";
    }

    /// <summary>A name may hold slashes: they stay, so that the route's tail takes it whole.</summary>
    public static string Artefact(InstanceKey key, string taskId, string name) =>
        $"{Task(key.RunId, taskId, key.MapIndex)}/artefacts/{Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal)}";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
