using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>The task instances of a run.</summary>
internal static class Tasks
{
    private const string Tag = "Task instances";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/runs/{run:long}/tasks", List).Is("listTasks", Tag, Role.Viewer, "Lists the task instances of a run", "In topological order; a mapped task has a row of its own and one an element.");
        api.MapGet("/runs/{run:long}/tasks/{task}", Get).Is("getTask", Tag, Role.Viewer, "Reads a task instance", "With its whole output. 'map' names an element of a mapped task.").IsPolled();
        api.MapGet("/runs/{run:long}/tasks/{task}/attempts", ListAttempts).Is("listAttempts", Tag, Role.Viewer, "Lists the attempts of a task instance", "Oldest first, each with its error.").IsPolled();
        api.MapGet("/runs/{run:long}/tasks/{task}/steps", ListSteps).Is("listSteps", Tag, Role.Viewer, "Lists the steps of a task instance", "In the order in which they were begun, at most 1,000; with its cursor, and the moments that it has asked for.").IsPolled();
        api.MapGet("/runs/{run:long}/tasks/{task}/waiting", GetWaiting).Is("getWaiting", Tag, Role.Viewer, "Says what a task instance waits for", "Outside its run: the previous run, other DAGs, limits, and the turns of other keys.");
        api.MapPost("/runs/{run:long}/tasks/clear", Clear).Is("clearTasks", Tag, Role.Operator, "Runs exactly these task instances again");
        api.MapPost("/runs/{run:long}/tasks/mark", Mark).Is("markTasks", Tag, Role.Operator, "Ends task instances by hand", "What is below and had failed is decided anew. What is so already is not counted.");
        api.MapPut("/runs/{run:long}/tasks/{task}/note", Note).Is("noteTask", Tag, Role.Operator, "Writes a note on a task instance").Produces(StatusCodes.Status204NoContent);
    }

    /// <summary>The instance that an address names.</summary>
    public static async Task<InstanceRow> FindAsync(IConsole console, long run, string task, int? map, CancellationToken cancellation)
    {
        var index = map ?? -1;
        if (await console.InstancesAfterAsync(run, task, null, 1, cancellation) is [var first, ..]
            && (index < 0 ? [first] : await console.InstancesAfterAsync(run, task, first.Key with { MapIndex = index - 1 }, 1, cancellation)) is [var found, ..]
            && found.Key.MapIndex == index)
            return found;
        var detail = await Runs.FindAsync(console, run, cancellation);
        throw ApiException.Missing(detail.Spec.Tasks.All(one => one.Id != task)
            ? $"run {run} has no task '{task}'; it has: {string.Join(", ", detail.Spec.Tasks.Take(20).Select(one => one.Id))}"
            : map is null ? $"run {run} has not started: its tasks have no instances yet" : $"the task '{task}' of run {run} has no element {map}");
    }

    private static async Task<Page<TaskInstanceJson>> List(long run, string? task, string? cursor, int? limit, IConsole console, CancellationToken cancellation)
    {
        var most = Cursor.Limit(limit);
        var after = Cursor.Read(cursor, 2) is [var no, var index] ? new InstanceKey(run, (int)no, (int)index) : (InstanceKey?)null;
        var rows = await console.InstancesAfterAsync(run, task, after, most + 1, cancellation);
        if (rows.Count == 0 && after is null)
        {
            var detail = await Runs.FindAsync(console, run, cancellation);
            if (task is not null && detail.Spec.Tasks.All(one => one.Id != task))
                throw ApiException.Missing($"run {run} has no task '{task}'; it has: {string.Join(", ", detail.Spec.Tasks.Take(20).Select(one => one.Id))}");
        }

        return Page<TaskInstanceJson>.Of(rows, most, TaskInstanceJson.Of, row => Cursor.Of(row.Key.TaskNo, row.Key.MapIndex));
    }

    private static async Task<TaskInstanceJson> Get(long run, string task, int? map, IConsole console, CancellationToken cancellation) =>
        TaskInstanceJson.Of(await FindAsync(console, run, task, map, cancellation));

    private static async Task<Listing<AttemptJson>> ListAttempts(long run, string task, int? map, IConsole console, CancellationToken cancellation) =>
        new([.. (await console.AttemptsAsync((await FindAsync(console, run, task, map, cancellation)).Key, cancellation)).Select(AttemptJson.Of)]);

    private static async Task<Listing<StepJson>> ListSteps(long run, string task, int? map, IConsole console, CancellationToken cancellation) =>
        new([.. (await console.StepsAsync((await FindAsync(console, run, task, map, cancellation)).Key, StepRow.Most, cancellation)).Select(StepJson.Of)]);

    private static async Task<WaitingJson> GetWaiting(long run, string task, int? map, IConsole console, CancellationToken cancellation)
    {
        var row = await FindAsync(console, run, task, map, cancellation);
        var past = await console.PastAsync(run, task, cancellation);
        return new(
            past is null ? null : new PastTaskJson(past.RunId, past.ScheduledFor, Words.Run.Of(past.RunState), Words.Task.Of(past.State)),
            await console.WaitAsync(row.Key, cancellation) is { } wait ? WaitJson.Of(wait) : null,
            await console.LimitLineAsync(row.Key, cancellation) is { } line ? LimitLineJson.Of(line) : null,
            await console.TurnAsync(row.Key, cancellation) is { } turn ? new TurnJson(turn.Key, turn.Ready, turn.Others, turn.Before) : null);
    }

    private static async Task<CountJson> Clear(long run, InstancesJson body, IConsole console, [AsParameters] Caller caller, CancellationToken cancellation) =>
        new(await caller.Operations.ClearTasksAsync(run, await KeysAsync(console, run, body.Instances, cancellation), caller.By, cancellation));

    private static async Task<CountJson> Mark(long run, MarkTasksJson body, IConsole console, [AsParameters] Caller caller, CancellationToken cancellation) => new(
        await caller.Operations.MarkTasksAsync(run, await KeysAsync(console, run, body.Instances, cancellation), Words.Task.Letter(body.State), caller.By, cancellation));

    private static async Task<IResult> Note(long run, string task, int? map, WriteNoteJson body, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.NoteAsync(run, task, map ?? -1, body.Text, caller.By, cancellation);
        return Results.NoContent();
    }

    /// <summary>The keys of names: a task's number is its place in the graph of the run's version.</summary>
    private static async Task<IReadOnlyList<InstanceKey>> KeysAsync(IConsole console, long run, IReadOnlyList<InstanceNameJson> names, CancellationToken cancellation)
    {
        var detail = await Runs.FindAsync(console, run, cancellation);
        var numbers = detail.Spec.Tasks.Index().ToDictionary(task => task.Item.Id, task => task.Index, StringComparer.Ordinal);
        return [.. names.Select(name => numbers.TryGetValue(name.Task, out var number)
            ? new InstanceKey(run, number, name.MapIndex ?? -1)
            : throw new RefusedException($"run {run} has no task '{name.Task}'; it has: {string.Join(", ", numbers.Keys.Take(20))}"))];
    }
}
