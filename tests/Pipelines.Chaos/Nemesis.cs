using System.Diagnostics;
using System.Globalization;
using Pipelines.EndToEnd.Tests;
using Pipelines.Postgres.Embedded;

namespace Pipelines.Chaos;

/// <summary>
/// Hurts an installation for a while, at random: three workers and two schedulers, one of each behind a network that fails and one of each with a
/// clock that is stepped. What it kills it replaces at once.
/// </summary>
internal sealed class Nemesis : IAsyncDisposable
{
    private readonly Installation _at;
    private readonly int _seed;
    private readonly FaultProxy _network;
    private readonly string _clock;
    private readonly List<Place> _places = [];
    private readonly List<Running> _ended = [];
    private readonly List<Blow> _blows = [];
    private readonly HashSet<int> _frozen = [];
    private readonly List<string> _fallen = [];
    private int _version = 1;

    public Nemesis(Installation at, int seed)
    {
        (_at, _seed, _network, _clock) = (at, seed, new FaultProxy(at.Database), Path.Combine(Path.GetDirectoryName(at.Home)!, "clock"));
        File.WriteAllText(_clock, "+0");
        Start(Network.Fine, false, "scheduler", "--dags", at.Dags);
        Start(Network.Failing, FakeClock.IsThere, "scheduler", "--dags", at.Dags);
        Start(Network.Fine, false, "worker", "--slots", "8", "--lease", "5");
        Start(Network.Failing, false, "worker", "--slots", "8", "--lease", "5");
        Start(Network.Fine, FakeClock.IsThere, "worker", "--slots", "8", "--lease", "5");
    }

    private enum Network
    {
        Fine,
        Failing,
    }

    private sealed record Place(Running Process, string[] Arguments, Network Network, bool HasClock)
    {
        public bool IsWorker => Arguments[0] == "worker";
    }

    public IReadOnlySet<int> Frozen => _frozen;

    /// <summary>Processes that ended though nobody had told or hurt them.</summary>
    public IReadOnlyList<string> Fallen => _fallen;

    public IReadOnlyList<Blow> Blows => _blows;

    /// <summary>Reports of attempts that were taken back, which came all the same.</summary>
    public int Fenced => _places.Select(place => place.Process).Concat(_ended).Sum(process => Count(process.Output, "was fenced off") + Count(process.Error, "was fenced off"));

    /// <summary>Everything at once, each in its own rhythm, until the time is over and all is well again.</summary>
    public async Task HurtAsync(TimeSpan time)
    {
        await Task.WhenAll(
            EveryAsync(0, 1000, 3000, HurtProcessAsync),
            EveryAsync(1, 5000, 10_000, StopServerAsync),
            EveryAsync(2, 2000, 8000, HurtNetworkAsync),
            EveryAsync(3, 4000, 12_000, StepClockAsync),
            EveryAsync(4, 10_000, 25_000, ReplaceAsync),
            EveryAsync(5, 300, 600, SuperviseAsync));

        async Task EveryAsync(int which, int least, int most, Func<Random, Task> strike)
        {
            var random = new Random(_seed * 10 + which);
            for (var started = Stopwatch.StartNew(); started.Elapsed < time;)
            {
                await Task.Delay(random.Next(least, most));
                await strike(random);
            }
        }
    }

    /// <summary>Nothing is hurt any more, but what ends is started again.</summary>
    public Task WatchAsync() => SuperviseAsync(Random.Shared);

    public async ValueTask DisposeAsync() => await _network.DisposeAsync();

    private async Task HurtProcessAsync(Random random)
    {
        var place = random.Next(_places.Count);
        Running victim;
        lock (_places)
            victim = _places[place].Process;
        var isWorker = _places[place].IsWorker;
        if (victim.HasExited)
            return;                                               // which the supervisor sees to
        switch (random.Next(5))
        {
            case 0 or 1:
                Replace(place, old => old.Kill());
                Strike(isWorker ? BlowKind.WorkerKilled : BlowKind.SchedulerKilled);
                break;
            case 2 when isWorker:
                Replace(place, old => old.Terminate());
                Strike(BlowKind.WorkerTold);
                break;
            default:
                _frozen.Add(victim.Id);
                victim.Freeze();
                await Task.Delay(random.Next(500, 6000));
                victim.Thaw();
                Strike(BlowKind.ProcessFrozen);
                break;
        }
    }

    private async Task StopServerAsync(Random random)
    {
        await _at.StopServerAsync(EmbeddedStop.Immediate);
        await Task.Delay(random.Next(0, 2000));
        await _at.StartServerAsync();
        Strike(BlowKind.ServerStopped);
    }

    private async Task HurtNetworkAsync(Random random)
    {
        switch (random.Next(3))
        {
            case 0:
                _network.Freeze();
                await Task.Delay(random.Next(500, 6000));
                _network.Thaw();
                Strike(BlowKind.ConnectionsFrozen);
                break;
            case 1:
                _network.Cut(random.Next(0, 400));
                Strike(BlowKind.ConnectionsCut);
                break;
            default:
                _network.HalfClose();
                Strike(BlowKind.ConnectionsHalfClosed);
                break;
        }
    }

    /// <summary>Of processes that live, within a second; forwards and backwards.</summary>
    private async Task StepClockAsync(Random random)
    {
        if (!FakeClock.IsThere)
            return;
        var making = _clock + ".new";
        await File.WriteAllTextAsync(making, random.Next(-18_000, 18_000).ToString("+0;-0", CultureInfo.InvariantCulture));
        File.Move(making, _clock, overwrite: true);
        Strike(BlowKind.ClockStepped);
    }

    /// <summary>Of two graphs, one of which has a task more.</summary>
    private Task ReplaceAsync(Random random)
    {
        _at.DropLedgered(++_version);
        Strike(BlowKind.AssemblyReplaced);
        return Task.CompletedTask;
    }

    /// <summary>What processes have said in which a fault came about.</summary>
    public string Said(IEnumerable<int> processes)
    {
        var wanted = processes.ToHashSet();
        return string.Join('\n', _places.Select(place => place.Process).Concat(_ended).Where(process => wanted.Contains(process.Id)));
    }

    private void Strike(BlowKind kind)
    {
        lock (_blows)
            _blows.Add(new Blow(kind, DateTime.UtcNow));
    }

    /// <summary>As systemd or Kubernetes do: a process that finds no database when it starts says so and ends, and is started again. Nothing else may end by itself.</summary>
    private Task SuperviseAsync(Random random)
    {
        for (var place = 0; place < _places.Count; place++)
        {
            var process = _places[place].Process;
            if (!process.HasExited)
                continue;
            if (!process.Error.Contains("PostgreSQL cannot ", StringComparison.Ordinal))
                _fallen.Add(process.ToString());
            Replace(place, _ => { });
        }

        return Task.CompletedTask;
    }

    private void Replace(int place, Action<Running> end)
    {
        lock (_places)
        {
            var old = _places[place];
            end(old.Process);
            _ended.Add(old.Process);
            _places[place] = old with { Process = Started(old.Network, old.HasClock, old.Arguments) };
        }
    }

    private void Start(Network network, bool hasClock, params string[] arguments) => _places.Add(new(Started(network, hasClock, arguments), arguments, network, hasClock));

    private Running Started(Network network, bool hasClock, string[] arguments)
    {
        var environment = hasClock ? FakeClock.Stepped(_clock) : [];
        if (network == Network.Failing)
            environment["PIPELINES_DATABASE"] = _network.ConnectionString;
        return _at.StartWith(environment, arguments);
    }

    private static int Count(string text, string what) => (text.Length - text.Replace(what, "", StringComparison.Ordinal).Length) / what.Length;
}
