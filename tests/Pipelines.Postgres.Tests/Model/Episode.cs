using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Testing.Model;

namespace Pipelines.Postgres.Tests.Model;

/// <summary>Some random DAGs with some runs each, and what workers, schedulers and people do to them, all from one seed.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Episode(World world, NpgsqlConnection connection, int seed, int size, Tally tally)
{
    private static readonly DateTimeOffset Day = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Random _random = new(seed);
    private readonly List<string> _dags = [];
    private readonly Dictionary<string, List<DagSpec>> _versions = [];
    private readonly HashSet<(string, bool, int)> _days = [];

    public SideBySide Both { get; } = new(world, connection, tally);

    public async Task RunAsync()
    {
        for (var i = _random.Next(1, size + 1); i > 0; i--)
        {
            var spec = new RandomDag(_random, i).Make($"d{i}");
            _dags.Add(spec.Id);
            _versions[spec.Id] = [spec];
            await Both.AddDagAsync(spec);
        }

        foreach (var pool in RandomDag.Pools)
            await Both.ResizePoolAsync(pool, _random.Next(0, 4));
        await Both.AddWorkerAsync("default");
        await Both.AddWorkerAsync("default", "other");
        for (var i = _random.Next(1, 8 * size); i > 0; i--)
            await CreateRunAsync();
        await Both.StartRunsAsync();

        for (var rounds = 8 * size; rounds > 0; rounds--)
        {
            await AnyAsync();
            if (rounds % 3 == 0 || size < 3)
                await Both.CompareAsync();
        }

        foreach (var pool in RandomDag.Pools)
            await Both.ResizePoolAsync(pool, 100);
        await Both.StartRunsAsync();
        for (var moves = -1L; moves != tally.Moves;)
        {
            moves = tally.Moves;
            await CalmAsync();
        }

        await Both.CompareAsync();
    }

    /// <summary>Lets what is there come to its end, as far as it goes: gates may stay closed behind a failure.</summary>
    private async Task CalmAsync()
    {
        foreach (var worker in Both.Workers.ToList())
            await Both.AdvanceAsync(worker, [.. Held(worker.Id).Select(i => Ending(i, calm: true))], 100);
        if (Both.Model.Timers.Count > 0)
            await Both.FireTimersAsync([.. Both.Model.Timers.Keys]);
        if (Both.Model.Gates.Count > 0)
            await Both.OpenGatesAsync();
        if (Both.Model.Queue.Any(instance => instance.Task.Spec.Wait is not null))
            await Both.BeginWaitsAsync();
        if (Both.Model.Waits.Count > 0)
            await Both.OpenWaitsAsync();
        if (Both.Model.Runs.Values.Any(run => run.State == 'q'))
            await Both.StartRunsAsync();
    }

    private async Task AnyAsync()
    {
        switch (_random.Next(100))
        {
            case < 8 when Both.Model.Timers.Count > 0:
                await Both.FireTimersAsync([.. Both.Model.Timers.Keys.OrderBy(i => (i.Key.RunId, i.Key.TaskNo, i.Key.MapIndex)).Where(_ => _random.Next(2) == 0)]);
                break;
            case < 10 when Both.Model.Queue.Where(instance => ModelWorld.DueInQueue(instance) is not null).ToList() is { Count: > 0 } waiting:
                await Both.ExpireQueuedAsync([.. waiting.Where(_ => _random.Next(2) == 0)]);
                break;
            case < 11:
                await Both.OpenGatesAsync();
                break;
            case < 13:
                await Both.BeginWaitsAsync();
                break;
            case < 14:
                await Both.OpenWaitsAsync();
                break;
            case < 16 when AnyRun() is { } run:
                await Both.StopAsync(run, 'c');
                break;
            case < 17 when AnyRun() is { } run:
                await Both.ExpireAsync(run);
                break;
            case < 21 when AnyRun() is { Rows.Count: > 0 } run:
                await Both.ClearAsync(run, Named(run));
                break;
            case < 24 when AnyRun() is { Rows.Count: > 0 } run:
                await Both.MarkAsync(run, _random.Next(2) == 0 ? Named(run) : [Named(run)[0]], "sfk"[_random.Next(3)]);
                break;
            case < 25 when AnyRun() is { } run:
                await Both.MarkRunAsync(run, "sf"[_random.Next(2)]);
                break;
            case < 26 when AnyRun() is { Rows.Count: > 0 } run:
                await Both.RunPartAgainAsync(run, [.. Named(run).Select(named => named.Item1)], -1000);
                break;
            case < 27 when AnyRun() is { Rows.Count: > 0, State: not 'q' } run:
                await Both.TakeOverAsync(run, [.. run.Rows.Select(row => row.Task).Where(task => !task.IsRunCallback).Select(task => task.No).Except(Named(run).Select(named => named.Item1))]);
                break;
            case < 28 when AnyRun() is { } run:
                await Both.RunAgainAsync(run, _random.Next(3) == 0 ? -1000 : 0);
                break;
            case < 31 when AnyRun() is { } run:
                await UpgradeAsync(run);
                break;
            case < 33:
                await Both.LoseAsync(AnyWorker(), goodbye: _random.Next(2) == 0);
                break;
            case < 35:
                for (var i = _random.Next(1, size + 1); i > 0; i--)
                    await CreateRunAsync();
                break;
            case < 40:
                await Both.StartRunsAsync();
                break;
            case < 42:
                await Both.ResizePoolAsync(RandomDag.Pools[_random.Next(2)], _random.Next(0, 5));
                break;
            case < 50:
                await Both.AdvanceAsync(AnyWorker(), [], _random.Next(1, 40));
                break;
            default:
                await AdvanceAsync();
                break;
        }
    }

    /// <summary>A run goes over to the current version of its DAG; now and then a new one is loaded first, or an earlier one again.</summary>
    private async Task UpgradeAsync(ModelRun run)
    {
        var versions = _versions[run.Graph.Spec.Id];
        if (_random.Next(2) == 0)
        {
            if (versions.Count > 1 && _random.Next(3) == 0)
                await Both.AddDagAsync(versions[_random.Next(versions.Count)]);
            else
                await Both.AddDagAsync(Add(versions, new NextVersion(_random).Of(versions[^1], versions.Count)));
        }

        await Both.UpgradeAsync(run);

        static DagSpec Add(List<DagSpec> versions, DagSpec next)
        {
            versions.Add(next);
            return next;
        }
    }

    private Task AdvanceAsync()
    {
        var worker = AnyWorker();
        var held = Held(worker.Id);
        var most = _random.Next(5) switch { 0 => 1, 1 => 3, _ => 100 };
        var reports = held.Where(_ => _random.Next(8) > 0).Take(most).Select(i => Ending(i, calm: false)).ToList();
        if (_random.Next(12) == 0 && Late(worker.Id, held) is { } late && reports.All(report => report.Key != late.Key))
            reports.Add(late);
        return Both.AdvanceAsync(worker, reports, _random.Next(4) == 0 ? 0 : _random.Next(1, 100));
    }

    /// <summary>A report that must change nothing: of an older attempt, or of what another worker holds.</summary>
    private ModelReport? Late(int worker, List<ModelInstance> held)
    {
        if (held.Count > 0 && _random.Next(2) == 0)
            return new(held[0].Key, held[0].Attempt - 1, 's');
        var others = Both.Model.Runs.Values.SelectMany(run => run.Instances).Where(i => i.Attempt > 0 && (i.State != 'r' || i.Worker != worker)).ToList();
        return others.Count == 0 ? null : new(others[_random.Next(others.Count)].Key, others[_random.Next(others.Count)].Attempt, 's');
    }

    private ModelReport Ending(ModelInstance instance, bool calm)
    {
        var outcome = _random.Next(100) switch
        {
            < 60 => 's',
            < 76 => 'f',
            < 84 => 'k',
            _ when calm => 's',
            < 90 => 'y',
            < 93 => 'p',
            < 96 => 'q',
            < 99 => 'w',
            _ => 'c',
        };
        return new(instance.Key, instance.Attempt, outcome, outcome == 's' ? Output(instance) : null, TimeSpan.FromDays(10_000));
    }

    private JsonNode? Output(ModelInstance instance)
    {
        var mapped = instance.Run.Graph.Tasks.Any(task => task.OverNo == instance.Task.No);
        return _random.Next(100) switch
        {
            < 75 when mapped => new JsonArray([.. Enumerable.Range(0, _random.Next(6)).Select(i => (JsonNode?)i)]),
            < 90 => JsonNode.Parse(RandomDag.Values[Math.Min(_random.Next(8), RandomDag.Values.Length - 1) % RandomDag.Values.Length]),
            < 91 when mapped && _random.Next(20) == 0 => new JsonArray([.. Enumerable.Range(0, 10_001).Select(_ => (JsonNode?)0)]),
            _ => null,
        };
    }

    /// <summary>Something of a run with all that is below it.</summary>
    private List<(int, int)> Named(ModelRun run)
    {
        var named = new HashSet<(int Task, int MapIndex)>();
        var open = new Stack<(int Task, int MapIndex)>();
        var rows = run.Rows.Where(row => !row.Task.IsRunCallback).ToList();
        var row = rows[_random.Next(rows.Count)];
        var elements = row.Elements.Where(element => element.State != 'x').ToList();
        open.Push((row.Task.No, elements.Count > 0 && _random.Next(2) == 0 ? elements[_random.Next(elements.Count)].Key.MapIndex : -1));
        while (open.TryPop(out var next))
        {
            if (!named.Add(next))
                continue;
            foreach (var edge in run.Graph.Tasks[next.Task].Below)
                open.Push((edge.Down.No, edge.Kind == EdgeKind.Index ? next.MapIndex : -1));
        }

        return [.. named.Order()];
    }

    private Task CreateRunAsync()
    {
        var dag = _dags[_random.Next(_dags.Count)];
        // Intervals of some DAGs are two days long: others wait for both halves, or for the whole.
        var length = 1 + dag[^1] % 2;
        var day = _random.Next(_random.Next(2) == 0 ? 20 : 1000) / length * length;
        var kind = "sssbbma"[_random.Next(7)];
        var interval = kind is 'm' or 'a' ? (Interval?)null : new Interval(Day.AddDays(day - length), Day.AddDays(day));
        return kind == 'm' || _days.Add((dag, kind == 'a', day)) ? CreateRunAsync(dag, kind, Day.AddDays(day), interval) : Task.CompletedTask;
    }

    /// <summary>Now and then some of its tasks are left out.</summary>
    private async Task CreateRunAsync(string dag, char kind, DateTimeOffset scheduledFor, Interval? interval)
    {
        var run = await Both.CreateRunAsync(dag, kind, scheduledFor, interval);
        if (_random.Next(4) == 0)
            await Both.LeaveOutAsync(run, [.. run.Graph.Tasks.Where(task => !task.IsRunCallback && _random.Next(2) == 0).Select(task => task.No)]);
    }

    private ModelRun? AnyRun() => Both.Model.Runs.Values.ElementAtOrDefault(_random.Next(Math.Max(1, Both.Model.Runs.Count)));

    private (int Id, string[] Queues) AnyWorker() => Both.Workers[_random.Next(Both.Workers.Count)];

    private List<ModelInstance> Held(int worker) =>
        [.. Both.Model.Runs.Values.Where(run => run.State == 'r').SelectMany(run => run.Instances).Where(i => i.State == 'r' && i.Worker == worker)];
}
