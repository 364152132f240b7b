using System.Diagnostics;

namespace Pipelines.Benchmarks;

/// <summary>Worker processes as an operator starts them: the product's own program with the role worker.</summary>
internal sealed class WorkerProcesses : IDisposable
{
    private readonly List<Process> _processes = [];

    public WorkerProcesses(int count, int slots, string database, string home)
    {
        for (var i = 0; i < count; i++)
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "pipelines.dll"), "worker", "--home", home, "--slots", $"{slots}" })
                start.ArgumentList.Add(argument);
            start.Environment["PIPELINES_DATABASE"] = database;
            _processes.Add(Process.Start(start)!);
        }
    }

    public async Task ReadyAsync(Bench bench)
    {
        while (await bench.ScalarAsync<long>("select count(*) from worker where stopped_at is null") < _processes.Count)
        {
            if (_processes.FirstOrDefault(process => process.HasExited) is { } dead)
                throw new InvalidOperationException($"A worker process ended: {await dead.StandardError.ReadToEndAsync()}");
            await Task.Delay(50);
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
