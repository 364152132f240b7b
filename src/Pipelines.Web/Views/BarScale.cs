namespace Pipelines.Web.Views;

/// <summary>Where the scale of a row of bars ends: at the longest, unless it is so long that all others would be flat.</summary>
internal static class BarScale
{
    /// <summary>A bar may be this many times the median; what is longer is drawn as high as the scale, and its title says how long it was.</summary>
    private const double Most = 4;

    public static double Top(IEnumerable<double> lengths)
    {
        var sorted = lengths.Order().ToArray();
        return sorted.Length == 0 ? 0.001 : Math.Max(0.001, Math.Min(sorted[^1], Most * sorted[sorted.Length / 2]));
    }
}
