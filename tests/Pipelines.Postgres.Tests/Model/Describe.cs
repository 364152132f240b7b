namespace Pipelines.Postgres.Tests.Model;

/// <summary>Graphs as one line, for those who look for a fault.</summary>
internal static class Describe
{
    public static string Dag(DagSpec spec) =>
        $"{spec.Id}{(spec.FailFast ? " fail-fast" : "")}{(spec.RunTimeout is null ? "" : " timeout")}: {string.Join("; ", spec.Tasks.Select(Task))}";

    private static string Task(TaskSpec task) =>
        task.Id + (task.Over is { } over ? $"*{task.MaxParallel}[{over}]" : "")
        + (task.Role == TaskRole.Task ? task.TriggerRule == TriggerRule.AllSuccess ? "" : $":{task.TriggerRule}" : $":{task.Role}")
        + (task.Wait is { } wait ? $" waits({wait.Kind} {wait.Dag} {wait.Task}{(wait.Kind == WaitKind.Dag ? $" {wait.Runs}" : "")}{(wait.FailIfFailed ? " fails" : "")}{(wait.Timeout is null ? "" : wait.SoftFail ? " soft" : " hard")}{(wait.Detached ? " detached" : "")})" : "")
        + (task.DependsOnPast ? " past" : "") + (task.WaitForDownstream ? " down" : "") + (task.LatestOnly ? " latest" : "") + (task.Pool is { } pool ? $" @{pool}" : "") + (task.Priority == 0 ? "" : $" ^{task.Priority}") + (task.Queue == "default" ? "" : $" ~{task.Queue}")
        + (task.Upstreams.Count == 0 ? "" : " < " + string.Join(' ', task.Upstreams.Select(Edge)));

    private static string Edge(EdgeSpec edge) =>
        edge.Task + (edge.Kind switch { EdgeKind.Wait => "~", EdgeKind.Index => "[i]", _ => "" }) + (edge.When is { } when ? $"={when.ToJsonString()}" : "");
}
