using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>The URLs of pages.</summary>
internal static class Links
{
    public static string Dag(string dagId) => $"/dags/{Uri.EscapeDataString(dagId)}";

    public static string DagTask(string dagId, string taskId) => $"{Dag(dagId)}/tasks/{Uri.EscapeDataString(taskId)}";

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

    public static string Approval(ApprovalRow row, string list) => With(Approval(row.RunId, row.TaskId, row.MapIndex), ("list", list, ApprovalInbox.Mine));

    public static string Approval(long runId, string taskId, int mapIndex) =>
        $"/approvals/{Number(runId)}/{Uri.EscapeDataString(taskId)}" + (mapIndex < 0 ? "" : $"/{Number(mapIndex)}");

    public static string Backfill(long id) => $"/backfills/{Number(id)}";

    public static string NewBackfill(string dagId) => $"/backfills/new?dag={Uri.EscapeDataString(dagId)}";

    public static string Trigger(string dagId) => $"{Dag(dagId)}/trigger";

    public static string Asset(string name) => $"/assets/{Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal)}";

    /// <summary>A name may hold slashes: they stay, so that the route's tail takes it whole.</summary>
    public static string Artefact(InstanceKey key, string taskId, string name) =>
        $"{Task(key.RunId, taskId, key.MapIndex)}/artefacts/{Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal)}";

    /// <summary>An address with what differs from the usual; each has a name, its value and the usual one.</summary>
    public static string With(string path, params ReadOnlySpan<(string Name, string? Value, string Usual)> values)
    {
        var query = new QueryBuilder();
        foreach (var (name, value, usual) in values)
        {
            if (!string.IsNullOrEmpty(value) && value != usual)
                query.Add(name, value);
        }

        return path + query;
    }

    /// <summary>The page that is shown, as a form tells it to come back: without what only names a part of it or an act.</summary>
    public static string Here(HttpRequest request) => request.Path.ToUriComponent() + new QueryBuilder(
        request.Query.Where(pair => pair.Key is not ("part" or "handler")).SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value ?? "")));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
