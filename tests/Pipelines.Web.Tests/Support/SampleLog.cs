using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

/// <summary>A task instance that runs, and its log.</summary>
internal sealed record SampleLog(World World, int Worker, InstanceKey Key, short Attempt, string Task)
{
    private const int Chunk = 100;

    public string Url => $"/runs/{Key.RunId}/tasks/{Uri.EscapeDataString(Task)}/log";

    public static async Task<SampleLog> StartAsync(World world, string dag = "logs", string task = "load")
    {
        await world.MakeRunsAsync(await world.RegisterAsync(World.Chain(dag, task, "publish")), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 1);
        await world.StartRunsAsync();
        var worker = await world.WorkerAsync();
        var (key, attempt) = (await world.AdvanceAsync(worker, 1))[0];
        return new(world, worker, key, attempt, task);
    }

    /// <summary>Writes lines 1 to <paramref name="lines"/> in chunks of 100; <paramref name="make"/> says what a line is, null: "line N".</summary>
    public async Task<SampleLog> FillAsync(int lines, Func<int, (char, string)?> make)
    {
        for (var first = 1; first <= lines; first += Chunk)
        {
            await World.LogAsync(
                Key, Attempt, first, [.. Enumerable.Range(first, Math.Min(Chunk, lines - first + 1)).Select(n => make(n) ?? ('I', $"line {n}"))]);
        }

        return this;
    }

    public Task EndAsync(char state = 's', string? why = null, string? detail = null) => World.AdvanceAsync(Worker, 0, (Key, Attempt, state, why, detail));
}
