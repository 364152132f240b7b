using System.Diagnostics;
using Pipelines.Postgres.Embedded;

namespace Pipelines.EndToEnd.Tests;

/// <summary>Hurts the processes of an installation for a while, at random, and puts a new one in the place of each that it killed.</summary>
internal sealed class Nemesis(Installation at, int seed, TimeSpan time)
{
    private readonly Random _random = new(seed);
    private readonly List<(Running Process, string[] Arguments)> _alive = [];
    private readonly HashSet<int> _frozen = [];
    private readonly HashSet<int> _killed = [];

    public IReadOnlySet<int> Frozen => _frozen;

    public IReadOnlySet<int> Killed => _killed;

    public IEnumerable<Running> Alive => _alive.Select(one => one.Process);

    public int Stops { get; private set; }

    public void Start(params string[] arguments) => _alive.Add((at.Start(arguments), arguments));

    /// <summary>Every 1 to 3 s one process is killed, or frozen for up to 6 s: longer than its lease, every other time.</summary>
    public async Task HurtProcessesAsync()
    {
        await KillAtWorkAsync();
        var thawing = new List<Task>();
        for (var started = Stopwatch.StartNew(); started.Elapsed < time;)
        {
            await Task.Delay(_random.Next(1000, 3000));
            var place = _random.Next(_alive.Count);
            var victim = _alive[place].Process;
            if (_random.Next(3) > 0)
                Kill(place);
            else if (_frozen.Add(victim.Id))
                thawing.Add(FreezeAsync(victim, _random.Next(500, 6000)));
        }

        await Task.WhenAll(thawing);
    }

    /// <summary>Every 5 to 10 s, in a short test every 2 to 4, PostgreSQL is stopped in the middle of everything, for up to 2 s.</summary>
    public async Task HurtServerAsync()
    {
        for (var started = Stopwatch.StartNew(); started.Elapsed < time;)
        {
            await Task.Delay(time < TimeSpan.FromSeconds(30) ? _random.Next(2000, 4000) : _random.Next(5000, 10000));
            await at.StopServerAsync(EmbeddedStop.Immediate);
            await Task.Delay(_random.Next(0, 2000));
            await at.StartServerAsync();
            Stops++;
        }
    }

    /// <summary>The first blow is certain to cost attempts.</summary>
    private async Task KillAtWorkAsync()
    {
        var place = _alive.FindIndex(one => one.Arguments[0] == "worker");
        var victim = _alive[place].Process;
        await at.UntilAsync("a worker holds attempts", async () =>
        {
            victim.Freeze();                                      // so that what it holds stays what it holds
            if (await at.RunningOnAsync(victim) > 0)
                return true;
            victim.Thaw();
            return false;
        });
        Kill(place);
    }

    private void Kill(int place)
    {
        var (victim, arguments) = _alive[place];
        victim.Kill();
        _killed.Add(victim.Id);
        _alive[place] = (at.Start(arguments), arguments);
    }

    private async Task FreezeAsync(Running victim, int milliseconds)
    {
        victim.Freeze();
        await Task.Delay(milliseconds);
        if (!_killed.Contains(victim.Id))
            victim.Thaw();
    }
}
