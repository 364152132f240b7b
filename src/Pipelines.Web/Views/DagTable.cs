using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>DAGs as rows.</summary>
/// <param name="Rows">Each with its newest runs, the newest last.</param>
/// <param name="Now">The database's time.</param>
/// <param name="Acts">Whether rows can be paused and marked, by the form <c>act</c>.</param>
internal sealed record DagTable(IReadOnlyList<(DagLine Dag, IReadOnlyList<RunMark> Recent)> Rows, DateTimeOffset Now, bool Acts)
{
    private const int Bars = 14;

    public static IReadOnlyList<RunMark> Last(IReadOnlyList<RunMark> runs) => runs.Count <= Bars ? runs : [.. runs.Skip(runs.Count - Bars)];

    public static double? Typical(IReadOnlyList<RunMark> runs)
    {
        var seconds = runs.Where(run => run.State == 's').Select(run => run.Seconds).OfType<double>().Order().ToArray();
        return seconds.Length == 0 ? null : seconds[seconds.Length / 2];
    }

    /// <summary>Of those that succeeded or failed; null: none did.</summary>
    public static double? Success(IReadOnlyList<RunMark> runs)
    {
        var (ok, bad) = (runs.Count(run => run.State == 's'), runs.Count(run => run.State == 'f'));
        return ok + bad == 0 ? null : (double)ok / (ok + bad);
    }
}
