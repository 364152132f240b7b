using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace Pipelines.Engine.Tests.Vectors;

/// <summary>One row of the cron specification: the ticks strictly after a moment.</summary>
public sealed record CronVector(int Id, string Expr, DateTimeZone Zone, Instant From, IReadOnlyList<Instant> Ticks);

internal static class VectorFiles
{
    public static readonly Lazy<IReadOnlyList<CronVector>> Public = new(() => Lines("vectors-public.jsonl").Select(Read).ToList());

    public static IEnumerable<string> Invalid =>
        Lines("vectors-invalid.txt").Concat(Lines("vectors-invalid-lenient.txt")).Where(line => !line.StartsWith('#'));

    private static IEnumerable<string> Lines(string name)
    {
        using var reader = new StreamReader(typeof(VectorFiles).Assembly.GetManifestResourceStream(name)!);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static CronVector Read(string line)
    {
        var row = JsonDocument.Parse(line).RootElement;
        var ticks = row.TryGetProperty("nextRec", out var recommended) ? recommended : row.GetProperty("next");
        return new CronVector(
            row.GetProperty("id").GetInt32(),
            row.GetProperty("expr").GetString()!,
            DateTimeZoneProviders.Tzdb[row.GetProperty("zone").GetString()!],
            Instants.At(row.GetProperty("fromUtc").GetString()!),
            ticks.EnumerateArray().Select(tick => Instants.At(tick.GetString()!)).ToList());
    }
}

internal static class Instants
{
    public static Instant At(string text) => InstantPattern.ExtendedIso.Parse(text.Length == 17 ? text[..16] + ":00Z" : text).Value;
}
