using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    private const int CachedHeads = 20_000;

    private readonly ConcurrentDictionary<int, DagSpec> _heads = new();

    public Task<IReadOnlyList<DagLine>> DagLinesAsync(CancellationToken cancellation) => db.ReadAsync<IReadOnlyList<DagLine>>(
        async connection =>
        {
            var rows = await QueryAsync(
                connection, "home/lines", row => (Version: row.GetInt32(1), Line: new DagLine(
                    null!, row.GetInt32(1), row.GetInt32(2), row.GetBoolean(3), row.GetBoolean(4), TimeOrNull(row, 5),
                    row.IsDBNull(6) ? null : new RunMark(row.GetInt64(6), State(row, 7), row.IsDBNull(8) ? null : row.GetDouble(8)), TimeOrNull(row, 9))), cancellation);
            var missing = rows.Select(row => row.Version).Where(version => !_heads.ContainsKey(version)).Distinct().ToArray();
            if (missing.Length > 0)
            {
                if (_heads.Count + missing.Length > CachedHeads)
                    _heads.Clear();
                foreach (var (version, json) in await QueryAsync(connection, "home/heads", row => (row.GetInt32(0), row.GetString(1)), cancellation, rows.Select(row => row.Version).Distinct().ToArray()))
                    _heads[version] = SpecJson.Read(json);
            }

            return [.. rows.Where(row => _heads.ContainsKey(row.Version)).Select(row => row.Line with { Spec = _heads[row.Version] })];
        },
        cancellation);

    public async Task<IReadOnlyDictionary<string, IReadOnlyList<RunMark>>> RecentRunsAsync(IReadOnlyList<string> dags, int runs, CancellationToken cancellation)
    {
        if (dags.Count == 0)
            return new Dictionary<string, IReadOnlyList<RunMark>>();
        var rows = await ReadAsync(
            "home/recent",
            row => (Dag: row.GetString(0), Marks: row.GetFieldValue<long[]>(1).Select((run, i) => new RunMark(run, row.GetString(2)[i], row.GetFieldValue<double?[]>(3)[i])).ToArray()),
            cancellation, Names(dags), runs);
        return rows.ToDictionary(row => row.Dag, IReadOnlyList<RunMark> (row) => row.Marks, StringComparer.Ordinal);
    }

    public async Task<Figures> FiguresAsync(DateTimeOffset since, IReadOnlyList<string>? dags, CancellationToken cancellation) => (await ReadAsync(
        "home/figures",
        row =>
        {
            var buckets = Enumerable.Repeat(new FigureBucket(0, 0, 0, 0, 0), Figures.Parts).ToArray();
            if (!row.IsDBNull(0))
            {
                var (no, runs, ok, bad) = (row.GetFieldValue<int[]>(0), row.GetFieldValue<int[]>(1), row.GetFieldValue<int[]>(2), row.GetFieldValue<int[]>(3));
                var (wait, lag) = (row.GetFieldValue<double[]>(4), row.GetFieldValue<double[]>(5));
                for (var i = 0; i < no.Length; i++)
                    buckets[no[i] - 1] = new(runs[i], ok[i], bad[i], wait[i], lag[i]);
            }

            return new Figures(
                buckets, row.GetBoolean(6), row.IsDBNull(7) ? null : row.GetDouble(7), row.IsDBNull(8) ? null : row.GetDouble(8), row.GetInt32(9), row.GetInt32(10), row.GetInt32(11),
                row.GetInt32(12), row.GetInt32(13), row.GetInt32(14));
        },
        cancellation, Moment(since.UtcDateTime), Names(dags)))[0];

    public async Task<IReadOnlyList<FailedTask>> FailuresAsync(DateTimeOffset since, IReadOnlyList<string>? dags, CancellationToken cancellation) => await ReadAsync(
        "home/failures",
        row => new FailedTask(
            row.GetString(0), row.GetInt64(1), Time(row, 2), Time(row, 3), row.GetString(4), row.GetInt32(5), row.GetInt16(6), TextOrNull(row, 7), TextOrNull(row, 8), row.GetInt32(9)),
        cancellation, Moment(since.UtcDateTime), Names(dags));

    public async Task<IReadOnlyList<RunningRun>> RunningAsync(IReadOnlyList<string>? dags, int limit, CancellationToken cancellation) => await ReadAsync(
        "home/running", row => new RunningRun(Run(row), row.IsDBNull(14) ? null : row.GetDouble(14), TextOrNull(row, 15)), cancellation, Names(dags), limit);

    public async Task<IReadOnlyList<RetryingTask>> RetryingAsync(IReadOnlyList<string>? dags, int limit, CancellationToken cancellation) => await ReadAsync(
        "home/retrying",
        row => new RetryingTask(row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetInt32(3), row.GetInt16(4), Time(row, 5)), cancellation, Names(dags), limit);

    public async Task<SideCounts> SideCountsAsync(CancellationToken cancellation) => (await ReadAsync(
        "home/side", row => new SideCounts(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), TimeOrNull(row, 4), Time(row, 5)), cancellation))[0];

    public async Task<string> PulseAsync(CancellationToken cancellation) => (await ReadAsync("home/pulse", row => row.GetString(0), cancellation))[0];

    private static NpgsqlParameter Names(IReadOnlyList<string>? names) => Typed(names?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
}
