namespace Pipelines.Web.Views.Graph;

/// <summary>Where items stand in their rows: as near to the middle of their neighbours as their order and widths allow.</summary>
internal static class Rows
{
    private const int Sweeps = 6;

    /// <param name="rows">The items of each row, in their order.</param>
    /// <param name="width">Of each item.</param>
    /// <param name="weight">How strongly an item holds its place.</param>
    /// <param name="edges">Between items of neighbouring rows.</param>
    /// <param name="gap">Between two items of a row.</param>
    /// <returns>The left side of each item; the leftmost is 0.</returns>
    public static int[] Place(int[][] rows, int[] width, int[] weight, IReadOnlyList<(int From, int To)> edges, int gap)
    {
        var left = new int[width.Length];
        foreach (var row in rows)
        {
            var at = -(row.Sum(item => width[item]) + (gap * (row.Length - 1))) / 2;
            foreach (var item in row)
            {
                left[item] = at;
                at += width[item] + gap;
            }
        }

        var above = edges.ToLookup(edge => edge.To, edge => edge.From);
        var below = edges.ToLookup(edge => edge.From, edge => edge.To);
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var down = sweep % 2 == 0;
            foreach (var row in down ? rows : rows.Reverse())
                Settle(row, width, weight, down ? above : below, gap, left);
        }

        var least = left.DefaultIfEmpty(0).Min();
        return [.. left.Select(one => one - least)];
    }

    /// <summary>Neighbours that want to overlap become a block, which stands where they want to on average (least squares under an order).</summary>
    private static void Settle(int[] row, int[] width, int[] weight, ILookup<int, int> neighbours, int gap, int[] left)
    {
        var blocks = new List<(double Want, double Weight, int Count)>();
        var offset = 0;
        foreach (var item in row)
        {
            var middle = neighbours[item].Select(one => left[one] + (width[one] / 2.0)).DefaultIfEmpty(left[item] + (width[item] / 2.0)).Average();
            blocks.Add((middle - (width[item] / 2.0) - offset, weight[item], 1));
            while (blocks is [.., var first, var second] && first.Want >= second.Want)
            {
                blocks.RemoveRange(blocks.Count - 2, 2);
                var both = first.Weight + second.Weight;
                blocks.Add((((first.Want * first.Weight) + (second.Want * second.Weight)) / both, both, first.Count + second.Count));
            }

            offset += width[item] + gap;
        }

        (offset, var next) = (0, 0);
        foreach (var (want, _, count) in blocks)
        {
            for (var i = 0; i < count; i++, next++)
            {
                left[row[next]] = (int)Math.Floor(want) + offset;
                offset += width[row[next]] + gap;
            }
        }
    }
}
