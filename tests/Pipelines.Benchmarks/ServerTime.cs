using System.Globalization;

namespace Pipelines.Benchmarks;

/// <summary>The processor time of processes, as /proc tells it.</summary>
internal static class ServerTime
{
    /// <summary>Of the server and all its backends: those that have ended are counted by their parent.</summary>
    public static async Task<TimeSpan> OfPostgresAsync(Bench bench)
    {
        var postmaster = Stat(await bench.ScalarAsync<int>("backend"))[1];
        long ticks = 0;
        foreach (var folder in Directory.GetDirectories("/proc").Where(path => path[6..].All(char.IsAsciiDigit)))
        {
            if (Stat(int.Parse(folder.AsSpan(6), CultureInfo.InvariantCulture)) is { } stat && (stat[1] == postmaster || folder[6..] == postmaster))
                ticks += Ticks(stat, folder[6..] == postmaster ? 4 : 2);
        }

        return TimeSpan.FromSeconds(ticks / 100.0);
    }

    public static TimeSpan OfProcess(int process) => TimeSpan.FromSeconds(Ticks(Stat(process), 2) / 100.0);

    private static long Ticks(string[] stat, int fields) => stat[11..15].Take(fields).Sum(text => long.Parse(text, CultureInfo.InvariantCulture));

    /// <summary>The fields after the name: state, parent, and so on; utime, stime, cutime, cstime are 11 to 14.</summary>
    private static string[] Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ["", "", .. Enumerable.Repeat("0", 20)];
        }
    }
}
