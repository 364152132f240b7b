namespace Pipelines.Benchmarks;

/// <summary>Several workers, each a process of its own.</summary>
internal sealed class WorkerProcesses : IDisposable
{
    private readonly List<RoleProcess> _processes = [];

    public WorkerProcesses(int count, int slots, string database, string home)
    {
        for (var i = 0; i < count; i++)
            _processes.Add(new(database, home, "worker", "--slots", $"{slots}"));
    }

    public async Task ReadyAsync(Bench bench)
    {
        while (await bench.ScalarAsync<long>("select count(*) from worker where stopped_at is null") < _processes.Count)
        {
            foreach (var process in _processes)
                await process.ThrowIfEndedAsync();
            await Task.Delay(50);
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes)
            process.Dispose();
    }
}
