namespace Pipelines.Benchmarks;

/// <summary>A workload: so many runs of one DAG.</summary>
/// <param name="Name">W1 to W5, as in the README's table.</param>
/// <param name="What">For people.</param>
/// <param name="Dag">The DAG's id in Pipelines.Benchmarks.Dags.</param>
/// <param name="Runs">How many runs are made at once.</param>
/// <param name="TasksPerRun">Task instances that run a body.</param>
/// <param name="Arguments">JSON of the run arguments.</param>
internal sealed record Shape(string Name, string What, string Dag, int Runs, int TasksPerRun, string? Arguments = null)
{
    public int Tasks => Runs * TasksPerRun;

    public static IReadOnlyList<Shape> All(bool quick)
    {
        var width = quick ? 2_000 : 10_000;
        return
        [
            new("W1", "100 runs x chain of 10", "bench_chain10", quick ? 20 : 100, 10),
            new("W2", $"fan-out {width:N0} and join", "bench_fan", 1, width + 2, $"{{\"width\":{width}}}"),
            new("W3", "one chain of 200", "bench_chain200", 1, 200),
            new("W4", "1,000 diamonds of 6", "bench_diamond", quick ? 200 : 1_000, 6),
            new("W5", "10,000 one-task runs", "bench_single", quick ? 2_000 : 10_000, 1),
        ];
    }
}

/// <summary>What one shape gave. Latency is from the end of the last upstream's body to the start of the body, in milliseconds; of W5, which has no upstreams, from queued to started.</summary>
internal sealed record Figure(
    string Shape, string Processes, double TasksPerSecond, double PerCommit, double P50ms, double P99ms, double CommitsPerTask, double BytesPerTask);

/// <summary>Single-row commits per second of the same server, in the same run.</summary>
internal sealed record CommitRate(double One, double Eight, double Sixteen)
{
    public override string ToString() => $"pgbench, one-row commits/s at 1 / 8 / 16 clients: {One:N0} / {Eight:N0} / {Sixteen:N0}";
}
