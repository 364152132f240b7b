using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>Which DAGs somebody sees: all, or those of a restriction by id and tag, looked up once a request.</summary>
internal sealed class Sight(IAccess access, SignedIn? who)
{
    private IReadOnlySet<string>? _visible;

    public bool Restricted => who is not null && (who.OnlyDags is not null || who.OnlyTags is not null);

    public async Task<bool> SeesAsync(string? dagId, CancellationToken cancellation) =>
        !Restricted || (dagId is not null && (await VisibleAsync(cancellation)).Contains(dagId));

    public async Task<bool> SeesAsync(string kind, long id, CancellationToken cancellation) =>
        !Restricted || await SeesAsync(await access.DagOfAsync(kind, id, cancellation), cancellation);

    /// <summary>Those of a list that are seen.</summary>
    public async Task<IReadOnlyList<T>> OfAsync<T>(IReadOnlyList<T> rows, Func<T, string?> dagOf, CancellationToken cancellation)
    {
        if (!Restricted)
            return rows;
        var visible = await VisibleAsync(cancellation);
        return [.. rows.Where(row => dagOf(row) is { } dag && visible.Contains(dag))];
    }

    /// <summary>Of tasks, named <c>dag.task</c>, those whose DAG is seen.</summary>
    public async Task<IReadOnlyList<string>> OfTasksAsync(IReadOnlyList<string> tasks, CancellationToken cancellation)
    {
        if (!Restricted)
            return tasks;
        var visible = await VisibleAsync(cancellation);
        return [.. tasks.Where(task => visible.Any(dag => task.StartsWith(dag + ".", StringComparison.Ordinal)))];
    }

    /// <summary>One that is named by the DAG or task whose own it is (<see cref="DagBuilder"/> names it) is seen with the DAG, every other by everybody.</summary>
    public async Task<bool> SeesLimitAsync(string name, CancellationToken cancellation) => name.Split(':', 2) switch
    {
        ["dag" or "run", var dag] => await SeesAsync(dag, cancellation),
        ["task", var task] => (await OfTasksAsync([task], cancellation)).Count > 0,
        _ => true,
    };

    private async Task<IReadOnlySet<string>> VisibleAsync(CancellationToken cancellation) =>
        _visible ??= await access.VisibleAsync(who!.OnlyDags ?? [], who.OnlyTags ?? [], cancellation);
}
