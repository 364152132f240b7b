using System.Globalization;
using System.Text.Json;

namespace Pipelines.Benchmarks;

/// <summary>The figures as lines of a Markdown table, ready for the README.</summary>
internal static class Report
{
    public const string Head = "| shape | what | processes | tasks/s | per commit | p50 ms | p99 ms | commits/task | bytes/task |\n|---|---|---|---:|---:|---:|---:|---:|---:|";

    public static string Line(Figure f, string what) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {f.Shape} | {what} | {f.Processes} | {f.TasksPerSecond:N0} | {f.PerCommit:0.00} | {f.P50ms:0.00} | {f.P99ms:0.00} | {f.CommitsPerTask:0.000} | {f.BytesPerTask:N0} |");

    public static void Compare(IEnumerable<Figure> now, string file, TextWriter output)
    {
        var before = File.ReadLines(file).Where(line => line.StartsWith('{'))
            .Select(line => JsonSerializer.Deserialize<Figure>(line, JsonSerializerOptions.Web)!).ToList();
        foreach (var figure in now)
        {
            if (before.Find(old => old.Shape == figure.Shape && old.Processes == figure.Processes) is { } old)
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{figure.Shape} ({figure.Processes}): per commit {old.PerCommit:0.00} -> {figure.PerCommit:0.00}, p50 {old.P50ms:0.00} -> {figure.P50ms:0.00} ms, p99 {old.P99ms:0.00} -> {figure.P99ms:0.00} ms"));
        }
    }
}
