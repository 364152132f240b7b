namespace Pipelines.Benchmarks;

/// <summary>Runs a shape to its end and takes its figures from the database: nothing of the measuring is in the path.</summary>
internal sealed class Measurement(Bench bench)
{
    public async Task<Figure> RunAsync(Shape shape, string processes, CommitRate rate)
    {
        await bench.ExecuteAsync("vacuum (analyze) task_instance, dag_run, ready_queue");
        await bench.ExecuteAsync("checkpoint");                   // every shape pays for its own page images, none for what went before
        var before = await bench.ScalarAsync<long>("last_run");
        var bytes = await bench.ScalarAsync<long>("bytes");
        var commits = await SettledCommitsAsync();
        await bench.ScalarAsync<int>("make_runs", shape.Dag, shape.Runs, shape.Arguments);
        while (await bench.ScalarAsync<long>("open") > 0)
            await Task.Delay(50);
        var seconds = await bench.ScalarAsync<double>("seconds", before);
        commits = await SettledCommitsAsync() - commits;
        bytes = await bench.ScalarAsync<long>("bytes") - bytes;
        if (await bench.ScalarAsync<long>("failed", before) is > 0 and var failed)
            throw new InvalidOperationException($"{shape.Name}: {failed} runs did not succeed; the figures would be worthless.");
        var latencies = await bench.ListAsync(shape.Name == "W5" ? "queue_times" : "latencies", before);
        latencies.Sort();
        var perSecond = shape.Tasks / seconds;
        return new(
            shape.Name, processes, Math.Round(perSecond), Math.Round(perSecond / rate.Eight, 2), Percentile(latencies, 0.5), Percentile(latencies, 0.99),
            Math.Round((double)commits / shape.Tasks, 3), Math.Round((double)bytes / shape.Tasks));
    }

    /// <summary>Backends publish their statistics at most once a second.</summary>
    private async Task<long> SettledCommitsAsync()
    {
        await Task.Delay(1_100);
        return await bench.ScalarAsync<long>("commits");
    }

    private static double Percentile(List<double> sorted, double share) =>
        sorted.Count == 0 ? 0 : Math.Round(sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))], 2);
}
