using System.Globalization;

namespace Pipelines.Benchmarks;

/// <summary>A table of Markdown, ready for the README: what was measured beside what it is to reach.</summary>
internal sealed class Rows
{
    private readonly TextWriter _output;

    public Rows(TextWriter output)
    {
        _output = output;
        output.WriteLine("| what | here | of it | to reach |\n|---|---:|---|---|");
    }

    public void Add(string what, string here, string of, string reach) => _output.WriteLine($"| {what} | {here} | {of} | {reach} |");

    public void Add(string what, IEnumerable<(double Ms, long Bytes)> took, string reach)
    {
        var all = took.ToList();
        var bytes = all.Max(one => one.Bytes);
        var ms = all.ConvertAll(one => one.Ms);
        Add(what, Text($"p50 {At(ms, 0.5):0.0} ms"), Text($"p95 {At(ms, 0.95):0.0} ms") + (bytes > 0 ? Text($", at most {bytes / 1000.0:0.0} KB compressed") : ""), reach);
    }

    public static double At(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
