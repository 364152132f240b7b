using System.Reflection;
using System.Text.Json;
using NodaTime;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Testing;

/// <summary>
/// Runs a DAG in memory, for unit tests: real bodies on the rules of the engine, one task at a time in the order in which a worker would
/// claim them, with a clock that jumps over waits. No database, no files, no assembly to drop.
/// </summary>
/// <example>
/// <code>
/// var run = await DagTest.For(new OrdersDag(new FakeWarehouse())).At("2026-01-01").RunAsync();
/// Assert.True(run.Succeeded, run.ToString());
/// Assert.Equal(3, run["extract"].Attempts);
/// Assert.Equal(1200m, run.Output&lt;decimal&gt;("sum"));
/// </code>
/// </example>
public sealed partial class DagTest
{
    private static readonly DateTimeOffset SomeDay = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Func<Dag> _make;
    private readonly Dictionary<string, string> _connections = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private TestClock _clock = new();
    private TimeSpan _patience = TimeSpan.FromSeconds(2);
    private readonly Dictionary<string, char?> _others = [];
    private readonly List<AssetUpdate> _updates = [];
    private readonly List<Planned> _plan = [];
    private string? _at;
    private Interval? _interval;
    private byte[]? _arguments;

    private DagTest(Func<Dag> make) => _make = make;

    /// <summary>Tests this instance: all attempts run on it.</summary>
    public static DagTest For(Dag dag) => new(() => dag);

    /// <summary>Tests what <paramref name="make"/> makes: a fresh instance for the graph and for every attempt, as on a worker.</summary>
    public static DagTest For(Func<Dag> make) => new(make);

    /// <summary>
    /// The run of the first tick at or after this moment (ISO date or date-time, in the DAG's zone); of a DAG without a schedule, or with Once, a run scheduled for it; of a
    /// continuous one a run for the hour before it.
    /// Without this call it is the DAG's first tick, or 1 January 2026.
    /// </summary>
    public DagTest At(string moment)
    {
        _at = moment;
        return this;
    }

    /// <summary>The run's data interval, where it is not to be that of the tick.</summary>
    public DagTest Over(DateTimeOffset start, DateTimeOffset end)
    {
        _interval = new Interval(start, end);
        return this;
    }

    /// <summary>The run's arguments: an object of the DAG's arguments type, or an anonymous one with some of its members.</summary>
    public DagTest WithArguments(object arguments)
    {
        _arguments = JsonSerializer.SerializeToUtf8Bytes(arguments, OutputJson.Options);
        return this;
    }

    /// <summary>What <see cref="TaskContext.Connection"/> gives for this name.</summary>
    public DagTest WithConnection(string name, string connection)
    {
        _connections[name] = connection;
        return this;
    }

    /// <summary>What <see cref="TaskContext.Variable"/> gives for this name.</summary>
    public DagTest WithVariable(string name, string value)
    {
        _variables[name] = value;
        return this;
    }

    /// <summary>The clock to use; give the DAG the same one where it needs the time or waits.</summary>
    public DagTest WithClock(TestClock clock)
    {
        _clock = clock;
        return this;
    }

    /// <summary>
    /// How long, in real time, a body with a timeout may do nothing that the clock knows of before it is taken to hang and its timeout is called; 2 seconds unless said.
    /// A body that waits on the <see cref="TestClock"/> needs none.
    /// </summary>
    public DagTest Patience(TimeSpan real)
    {
        _patience = real;
        return this;
    }

    /// <summary>What the runs of another DAG come to that this one waits for or starts; without this call they succeed at once.</summary>
    /// <param name="dagId">The other DAG.</param>
    /// <param name="state">succeeded, failed, or never: there is no such run, or it does not end.</param>
    /// <exception cref="ArgumentException">The state is another one.</exception>
    public DagTest WithRunsOf(string dagId, string state)
    {
        _others[dagId] = state switch
        {
            "succeeded" => 's',
            "failed" => 'f',
            "never" => null,
            _ => throw new ArgumentException($"'{state}' is none of: succeeded, failed, never.", nameof(state)),
        };
        return this;
    }

    /// <summary>
    /// The run is one that updates of assets started, and sees this one in <see cref="TaskContext.Updates"/>; call it again for more. Such a run has no interval.
    /// </summary>
    /// <param name="asset">One that the DAG is scheduled by.</param>
    /// <param name="extra">What goes with the update, as JSON; null: nothing.</param>
    /// <example><code>var run = await DagTest.For(new ReportDag()).Updated(Orders, extra: 3).RunAsync();</code></example>
    public DagTest Updated(Asset asset, object? extra = null)
    {
        ArgumentNullException.ThrowIfNull(asset);
        _updates.Add(new AssetUpdate(asset.Name, default)
        {
            By = "test", Extra = extra is null ? null : JsonSerializer.Serialize(extra, OutputJson.Options),
        });
        return this;
    }

    /// <summary>Runs the DAG until its run has ended.</summary>
    /// <exception cref="DagDefinitionException">The graph is not one that could be loaded; the message says why, as the import error would.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was signalled between two attempts.</exception>
    public async Task<DagTestRun> RunAsync(CancellationToken cancellation = default)
    {
        var dag = _make();
        var spec = SpecOf(dag, out var custom);
        if (_updates.FirstOrDefault(update => spec.Assets?.Names.Contains(update.Asset) != true) is { } stranger)
            throw new PipelinesException($"'{spec.Id}' is not scheduled by the asset '{stranger.Asset}'"
                + (spec.Assets is null ? ". Give it dag.Schedule(asset) in Define." : $"; it is by {spec.Assets.Phrase}."));
        var (scheduledFor, interval) = _updates.Count == 0 ? When(spec, _at, custom) : (Moment(_at), null);
        _clock.Start(scheduledFor);
        var settings = new MemorySettings
        {
            ScheduledFor = scheduledFor, Interval = _interval ?? interval, Arguments = _arguments, Connection = Connection, Variable = Variable, Database = Database, Clock = _clock, Patience = _patience,
            Updates = [.. _updates.Select(update => update with { At = scheduledFor })],
            Plan = [.. Coming(spec).Select(planned => Encoded(planned, spec))],
            Payloads = _payloads,
            Unserved = _unserved,
            Results = _results,
            Elsewhere = dag => _others.GetValueOrDefault(dag, 's'),
        };
        var runner = new MemoryRunner(spec, _make, settings);
        await runner.RunAsync(cancellation).ConfigureAwait(false);
        return new DagTestRun(spec, runner, _clock.Now - scheduledFor);
    }

    private string Connection(string name) => _connections.TryGetValue(name, out var text) ? text
        : throw new PipelinesException($"There is no connection '{name}'. Give the test one: WithConnection(\"{name}\", ...).");

    private string Variable(string name) => _variables.TryGetValue(name, out var value) ? value
        : throw new PipelinesException($"There is no variable '{name}'. Give the test one: WithVariable(\"{name}\", ...).");

    /// <summary>The graph, held to the same rules as when an assembly is loaded.</summary>
    internal static DagSpec SpecOf(Dag dag) => SpecOf(dag, out _);

    private static DagSpec SpecOf(Dag dag, out ISchedule? custom)
    {
        var type = dag.GetType();
        var attribute = type.GetCustomAttribute<DagAttribute>()
            ?? throw new DagDefinitionException($"The class {type.Name} has no [Dag] attribute: [Dag(\"id\")] public sealed class {type.Name} : Dag.");
        var spec = DagBuilder.SpecOf(dag, attribute, type.FullName ?? type.Name, ArgumentsSchema.Of(dag), out custom);
        return (SpecRules.BrokenId(spec.Id) ?? SpecRules.BrokenBy(spec, ScheduleOf.Problem) ?? Misbehaving(spec, custom)) is { } broken
            ? throw new DagDefinitionException($"{broken.What} {broken.Fix}")
            : spec;
    }

    private static Problem? Misbehaving(DagSpec spec, ISchedule? custom)
    {
        try
        {
            if (custom is not null)
                ScheduleProbe.Ask(spec, custom, SystemClock.Instance.GetCurrentInstant());
            return null;
        }
        catch (ScheduleException e)
        {
            return SpecRules.OfSchedule(e.Message);
        }
    }

    private static DateTimeOffset Moment(string? at) => at is null ? SomeDay : ZonedMoments.Parse("At", at, DateTimeZone.Utc)!.Value.ToDateTimeOffset();

    /// <summary>The run of the first tick at or after a moment; without one, after the DAG's start.</summary>
    internal static (DateTimeOffset ScheduledFor, Interval? Interval) When(DagSpec spec, string? at, ISchedule? custom)
    {
        if (ScheduleOf.Spec(spec, custom) is not { } schedule)
        {
            var moment = Moment(at);
            return (moment, ScheduleOf.Named(spec)?.Kind == ScheduleKind.Continuous ? new Interval(moment.AddHours(-1), moment) : null);
        }

        var from = at is null ? schedule.Start ?? Instant.FromDateTimeOffset(SomeDay) : ZonedMoments.Parse("At", at, schedule.Zone)!.Value;
        var tick = schedule.TickAfter(from - Duration.Epsilon)
            ?? throw new PipelinesException($"'{SchedulePhrase.Of(spec)}' has no tick at or after {at}: the schedule of '{spec.Id}' ends {spec.End}. Name an earlier moment.");
        return (tick.ScheduledFor.ToDateTimeOffset(), new Interval(tick.IntervalStart.ToDateTimeOffset(), tick.IntervalEnd.ToDateTimeOffset()));
    }
}
