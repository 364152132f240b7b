namespace Pipelines.Web.Views.Gantt;

/// <summary>The chain of tasks that the run's length came from: back from the one that ended last, each time to the upstream that ended last.</summary>
internal static class CriticalPath
{
    /// <param name="spec">The graph.</param>
    /// <param name="spans">When each task that ran did.</param>
    public static (IReadOnlySet<string> Tasks, TimeSpan Length) Of(DagSpec spec, IReadOnlyDictionary<string, (DateTimeOffset From, DateTimeOffset To)> spans)
    {
        var path = new HashSet<string>(StringComparer.Ordinal);
        if (spans.Count == 0)
            return (path, TimeSpan.Zero);
        var byId = spec.Tasks.ToDictionary(task => task.Id, StringComparer.Ordinal);
        string? Latest(IEnumerable<string> ids) => ids.Where(spans.ContainsKey).OrderByDescending(id => spans[id].To).ThenBy(id => id, StringComparer.Ordinal).FirstOrDefault();
        var end = Latest(spans.Keys)!;
        var (from, to) = spans[end];
        for (var at = end; at is not null && path.Add(at);)
        {
            from = spans[at].From < from ? spans[at].From : from;
            at = Latest(Above(at));
        }

        return (path, to - from);

        // What did not run itself held nothing up: what is above it did.
        IEnumerable<string> Above(string id)
        {
            var (seen, next) = (new HashSet<string>(StringComparer.Ordinal), new Stack<string>([id]));
            while (next.TryPop(out var one))
            {
                foreach (var up in byId.TryGetValue(one, out var task) ? task.Upstreams.Select(edge => edge.Task).Where(seen.Add) : [])
                {
                    if (spans.ContainsKey(up))
                        yield return up;
                    else
                        next.Push(up);
                }
            }
        }
    }
}
