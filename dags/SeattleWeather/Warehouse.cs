using Npgsql;
using Pipelines;

namespace SeattleWeather;

/// <summary>
/// The warehouse's two tables. One pool of connections for all runs; it is closed with the assembly, else it would keep
/// connections open that nobody uses any more.
/// </summary>
public sealed class Warehouse(IConnections connections) : IDisposable
{
    // Made on first use: the DAG must load on a machine where the connection is not configured (yet).
    private readonly Lazy<NpgsqlDataSource> _pool = new(() => NpgsqlDataSource.Create(Settings(connections["warehouse"])));

    private const string UpsertDays = """
        insert into seattle_weather.daily (day, precipitation, temp_max, temp_min, wind, weather)
        select * from unnest($1::date[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[], $6::text[])
          as t(day, precipitation, temp_max, temp_min, wind, weather)
        order by day -- everyone locks days in the same order: two writers of a month never deadlock
        on conflict (day) do update set precipitation = excluded.precipitation, temp_max = excluded.temp_max,
          temp_min = excluded.temp_min, wind = excluded.wind, weather = excluded.weather
        """;

    private const string AggregateMonth = """
        insert into seattle_weather.monthly (month, days, precipitation, temp_max, temp_min, wind)
        select $1, count(*), round(sum(precipitation), 3), round(avg(temp_max), 3), round(avg(temp_min), 3), round(avg(wind), 3)
        from seattle_weather.daily where day >= $1 and day < $1 + interval '1 month'
        on conflict (month) do update set days = excluded.days, precipitation = excluded.precipitation,
          temp_max = excluded.temp_max, temp_min = excluded.temp_min, wind = excluded.wind
        returning month, days, precipitation, temp_max, temp_min, wind
        """;

    private const string CreateTables = """
        create schema if not exists seattle_weather;
        create table if not exists seattle_weather.daily (
          day date primary key, precipitation numeric not null, temp_max numeric not null, temp_min numeric not null,
          wind numeric not null, weather text not null);
        create table if not exists seattle_weather.monthly (
          month date primary key, days int not null, precipitation numeric not null, temp_max numeric not null,
          temp_min numeric not null, wind numeric not null);
        """;

    /// <summary>Writes these days; those that are there are replaced.</summary>
    public Task UpsertDaysAsync(IReadOnlyList<Observation> days, CancellationToken cancellation) => WithTablesAsync(async () =>
    {
        await using var upsert = _pool.Value.CreateCommand(UpsertDays);
        upsert.Parameters.AddRange(Columns(days));
        return await upsert.ExecuteNonQueryAsync(cancellation);
    }, cancellation);

    /// <summary>Writes a whole month's days and its aggregate, both or neither.</summary>
    public Task<MonthSummary> LoadMonthAsync(IReadOnlyList<Observation> days, CancellationToken cancellation) => WithTablesAsync(async () =>
    {
        var upsert = new NpgsqlBatchCommand(UpsertDays);
        upsert.Parameters.AddRange(Columns(days));
        var aggregate = new NpgsqlBatchCommand(AggregateMonth);
        aggregate.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = new DateOnly(days[0].Day.Year, days[0].Day.Month, 1) });

        // A batch is one round trip and one transaction. Its second statement sees the days that the first one has locked.
        await using var batch = _pool.Value.CreateBatch();
        batch.BatchCommands.Add(upsert);
        batch.BatchCommands.Add(aggregate);
        await using var row = await batch.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return new MonthSummary(row.GetFieldValue<DateOnly>(0), row.GetInt32(1),
            row.GetDecimal(2), row.GetDecimal(3), row.GetDecimal(4), row.GetDecimal(5));
    }, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_pool.IsValueCreated)
            _pool.Value.Dispose();
    }

    /// <summary>Creates the tables when the work finds none: no check before every statement, and dropping them is no harm.</summary>
    private async Task<T> WithTablesAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            return await work();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable)
        {
            await CreateTablesAsync(cancellation);
            return await work();
        }
    }

    private async Task CreateTablesAsync(CancellationToken cancellation)
    {
        await using var connection = await _pool.Value.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);

        // "if not exists" looks first and creates afterwards: of the runs that start at once on an empty database all but
        // one would fail. They queue up here instead, and all but the first find everything in place.
        await using (var alone = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('seattle_weather', 0))", connection))
            await alone.ExecuteNonQueryAsync(cancellation);
        await using (var create = new NpgsqlCommand(CreateTables, connection))
            await create.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static NpgsqlParameter[] Columns(IReadOnlyList<Observation> days)
    {
        return
        [
            Column(d => d.Day), Column(d => d.Precipitation), Column(d => d.TempMax), Column(d => d.TempMin), Column(d => d.Wind),
            Column(d => d.Weather),
        ];

        NpgsqlParameter Column<T>(Func<Observation, T> of) => new NpgsqlParameter<T[]> { TypedValue = [.. days.Select(of)] };
    }

    private static string Settings(string connection)
    {
        // A statement takes about a millisecond, so a few connections serve hundreds of runs; they wait here for a free one
        // rather than each opening its own.
        var settings = new NpgsqlConnectionStringBuilder(connection) { ApplicationName = "seattle_weather" };
        settings.MaxPoolSize = Math.Min(settings.MaxPoolSize, 8);
        settings.MinPoolSize = Math.Min(settings.MinPoolSize, settings.MaxPoolSize);
        return settings.ConnectionString;
    }
}
