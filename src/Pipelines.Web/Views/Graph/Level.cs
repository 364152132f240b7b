namespace Pipelines.Web.Views.Graph;

/// <summary>
/// The items of one group, or of the graph: ranked, ordered and placed. <c>Main</c> is the way that edges go, <c>Cross</c> the other one. An edge over
/// several ranks goes through a narrow lane in each rank between, so that it passes beside what stands there.
/// </summary>
internal static class Level
{
    private const int Lane = 10;
    private const int LaneWeight = 6;

    /// <summary>More lanes than this are not worth their time: longer edges go straight then.</summary>
    private const int MostLanes = 1500;

    /// <param name="sizes">Of each item.</param>
    /// <param name="edges">Between items.</param>
    /// <param name="gap">Between items of a rank.</param>
    /// <param name="rankGap">Between ranks.</param>
    /// <returns>Where each item stands, the lanes that each edge goes through, the size of all, and the edges that go back.</returns>
    public static (
        (int Main, int Cross)[] At, IReadOnlyList<(int From, int To, int Cross)>[] Lanes, (int Main, int Cross) Size, HashSet<int> Back) Place(
        IReadOnlyList<(int Main, int Cross)> sizes, IReadOnlyList<(int From, int To)> edges, int gap, int rankGap)
    {
        var (rank, back) = Ranks.Of(sizes.Count, edges);
        var ranks = rank.ToList();
        var width = sizes.Select(size => size.Cross).ToList();
        var steps = new List<(int From, int To)>();
        var lanes = edges.Select(_ => new List<int>()).ToArray();
        foreach (var e in Enumerable.Range(0, edges.Count).Where(e => !back.Contains(e)).OrderBy(e => rank[edges[e].To] - rank[edges[e].From]))
        {
            var last = edges[e].From;
            var between = rank[edges[e].To] - rank[last] - 1;
            if (ranks.Count - sizes.Count + between > MostLanes)
                continue;
            for (var r = rank[last] + 1; r < rank[edges[e].To]; r++)
            {
                steps.Add((last, ranks.Count));
                last = ranks.Count;
                lanes[e].Add(last);
                ranks.Add(r);
                width.Add(Lane);
            }

            steps.Add((last, edges[e].To));
        }

        var rows = Layers.Of([.. ranks], steps);
        var cross = Rows.Place(rows, [.. width], [.. Enumerable.Range(0, width.Count).Select(item => item < sizes.Count ? 1 : LaneWeight)], steps, gap);
        var deep = rows.Select(row => row.Where(item => item < sizes.Count).Select(item => sizes[item].Main).DefaultIfEmpty(0).Max()).ToArray();
        var start = new int[rows.Length + 1];
        for (var r = 0; r < rows.Length; r++)
            start[r + 1] = start[r] + deep[r] + rankGap;
        return (
            [.. Enumerable.Range(0, sizes.Count).Select(item => (start[rank[item]], cross[item]))],
            [.. lanes.Select(edge => edge.Select(lane => (start[ranks[lane]], start[ranks[lane]] + deep[ranks[lane]], cross[lane] + (Lane / 2))).ToList())],
            (Math.Max(0, start[^1] - rankGap), Enumerable.Range(0, width.Count).Select(item => cross[item] + width[item]).DefaultIfEmpty(0).Max()), back);
    }
}
