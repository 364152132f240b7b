using System.Diagnostics;

namespace Pipelines.Benchmarks;

/// <summary>What the engine and PostgreSQL take of the machine.</summary>
/// <param name="Own">Percent of one core, of this process.</param>
/// <param name="Server">Of PostgreSQL.</param>
internal readonly record struct Load(double Own, double Server)
{
    public double All => Own + Server;

    public static async Task<Load> OfAsync(Bench bench, TimeSpan window)
    {
        var (own, server, began) = (Process.GetCurrentProcess().TotalProcessorTime, await ServerTime.OfPostgresAsync(bench), Stopwatch.GetTimestamp());
        await Task.Delay(window);
        var time = Stopwatch.GetElapsedTime(began) / 100;
        return new((Process.GetCurrentProcess().TotalProcessorTime - own) / time, (await ServerTime.OfPostgresAsync(bench) - server) / time);
    }
}
