using System.Runtime.Versioning;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests;

/// <summary>A worker that does what the test says: takes work, and reports outcomes of what it holds.</summary>
[SupportedOSPlatform("linux")]
public sealed class Hand(World world, int id, string[] queues)
{
    private readonly Dictionary<InstanceKey, Assignment> _held = [];

    public int Id { get; } = id;

    public IReadOnlyDictionary<InstanceKey, Assignment> Held => _held;

    public Assignment Assignment(long run, string task, int map = -1) => _held[world.Key(run, task, map)];

    /// <summary>Asks for work; returns what came.</summary>
    public async Task<IReadOnlyList<Assignment>> TakeAsync(int want = 100) => (await AdvanceAsync(want)).Assignments;

    /// <summary>Reports the outcome of a task that it holds, and asks for nothing unless said.</summary>
    public Task<AdvanceReply> EndAsync(long run, string task, char outcome = 's', string? output = null, int want = 0) =>
        AdvanceAsync(want, Report(Assignment(run, task), outcome, output));

    public Task<AdvanceReply> EndAsync(InstanceKey key, char outcome = 's', string? output = null, int want = 0) =>
        AdvanceAsync(want, Report(_held[key], outcome, output));

    public static Report Report(Assignment a, char outcome, string? output = null, double delay = 0) =>
        new(a.Key, a.Attempt, outcome, output is null ? null : Encoding.UTF8.GetBytes(output), delay);

    public async Task<AdvanceReply> AdvanceAsync(int want, params Report[] reports)
    {
        var reply = await world.Workers.AdvanceAsync(Id, queues, reports, want, default);
        foreach (var report in reports)
            _held.Remove(report.Key);
        foreach (var assignment in reply.Assignments)
            _held[assignment.Key] = assignment;
        return reply;
    }

    /// <summary>Lets the lease end and the scheduler notice.</summary>
    public async Task<int> LoseAsync()
    {
        await world.ExecuteAsync("update worker set lease_until = clock_timestamp() - interval '1 second' where worker_id = $1", Id);
        return await world.Scheduler.ReclaimAsync(default);
    }
}
