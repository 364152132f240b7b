namespace Pipelines.Web.Views.Graph;

/// <summary>The order of items in their rows, by sweeps that put each beside the middle of its neighbours.</summary>
internal static class Layers
{
    private const int Sweeps = 4;

    /// <param name="rank">Each item's row.</param>
    /// <param name="edges">Between items of neighbouring rows.</param>
    /// <returns>The items of each row, in their order.</returns>
    public static int[][] Of(int[] rank, IReadOnlyList<(int From, int To)> edges)
    {
        var rows = Enumerable.Range(0, rank.DefaultIfEmpty(-1).Max() + 1).Select(r => Enumerable.Range(0, rank.Length).Where(item => rank[item] == r).ToArray()).ToArray();
        var above = edges.ToLookup(edge => edge.To, edge => edge.From);
        var below = edges.ToLookup(edge => edge.From, edge => edge.To);
        var place = new double[rank.Length];
        foreach (var row in rows)
            Number(row, place);
        var best = (Count: Crossings(rows, below, place), Rows: rows.Select(row => row.ToArray()).ToArray());
        for (var sweep = 0; sweep < Sweeps && best.Count > 0; sweep++)
        {
            for (var r = 1; r < rows.Length; r++)
                Sort(rows[r], above, place);
            for (var r = rows.Length - 2; r >= 0; r--)
                Sort(rows[r], below, place);
            if (Crossings(rows, below, place) is var count && count < best.Count)
                best = (count, [.. rows.Select(row => row.ToArray())]);
        }

        return best.Rows;
    }

    private static void Sort(int[] row, ILookup<int, int> neighbours, double[] place)
    {
        var wanted = row.ToDictionary(item => item, item => neighbours[item].Select(one => place[one]).DefaultIfEmpty(place[item]).Average());
        var sorted = row.OrderBy(item => wanted[item]).ThenBy(item => place[item]).ToArray();
        sorted.CopyTo(row, 0);
        Number(row, place);
    }

    /// <summary>By the share of the row, so that rows of different length compare.</summary>
    private static void Number(int[] row, double[] place)
    {
        for (var i = 0; i < row.Length; i++)
            place[row[i]] = (i + 0.5) / row.Length;
    }

    private static int Crossings(int[][] rows, ILookup<int, int> below, double[] place)
    {
        var count = 0;
        foreach (var row in rows)
        {
            var ends = row.SelectMany(item => below[item].Select(one => place[one]).Order()).ToList();
            for (var i = 0; i < ends.Count && ends.Count < 2000; i++)
            {
                for (var j = i + 1; j < ends.Count; j++)
                    count += ends[j] < ends[i] ? 1 : 0;
            }
        }

        return count;
    }
}
