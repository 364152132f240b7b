namespace Pipelines.Web.Views.Graph;

/// <summary>Which row each item of a graph stands in: one below the lowest of its upstreams.</summary>
internal static class Ranks
{
    /// <param name="count">Items are numbered from 0, in the order in which they are preferred.</param>
    /// <param name="edges">From one to another.</param>
    /// <returns>Each item's rank, and the edges that would close a cycle: they go back.</returns>
    public static (int[] Rank, HashSet<int> Back) Of(int count, IReadOnlyList<(int From, int To)> edges)
    {
        var into = new List<int>[count];
        var outOf = new List<int>[count];
        for (var i = 0; i < count; i++)
            (into[i], outOf[i]) = ([], []);
        for (var e = 0; e < edges.Count; e++)
        {
            into[edges[e].To].Add(e);
            outOf[edges[e].From].Add(e);
        }

        var open = into.Select(list => list.Count).ToArray();
        var waiting = new SortedSet<int>(Enumerable.Range(0, count));
        var ready = new SortedSet<int>(waiting.Where(item => open[item] == 0));
        var (rank, back, order) = (new int[count], new HashSet<int>(), new List<int>(count));
        while (waiting.Count > 0)
        {
            // None is ready: a cycle, which closed groups can make. The first that is left goes on, and what led to it goes back.
            var item = ready.Count > 0 ? ready.Min : waiting.Min;
            back.UnionWith(into[item].Where(e => waiting.Contains(edges[e].From)));
            waiting.Remove(item);
            ready.Remove(item);
            order.Add(item);
            rank[item] = into[item].Where(e => !back.Contains(e)).Select(e => rank[edges[e].From] + 1).DefaultIfEmpty(0).Max();
            foreach (var e in outOf[item])
            {
                if (--open[edges[e].To] == 0 && waiting.Contains(edges[e].To))
                    ready.Add(edges[e].To);
            }
        }

        // An item that nothing leads to stands next to the first that it leads to.
        foreach (var item in order.Where(item => into[item].Count == 0))
            rank[item] = Math.Max(0, outOf[item].Where(e => !back.Contains(e)).Select(e => rank[edges[e].To]).DefaultIfEmpty(1).Min() - 1);
        return (rank, back);
    }
}
