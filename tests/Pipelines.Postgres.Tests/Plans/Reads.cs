using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Npgsql;

namespace Pipelines.Postgres.Tests.Plans;

/// <summary>What a statement, with all that the functions it calls execute, looks at in the tables that grow.</summary>
/// <param name="Rows">Rows and index entries by table, from the server's own counters.</param>
/// <param name="Plans">The plan of each statement that touched one of them, as auto_explain tells it.</param>
[SupportedOSPlatform("linux")]
internal sealed partial record Reads(IReadOnlyDictionary<string, long> Rows, IReadOnlyList<string> Plans)
{
    private const string Counters =
        """
        select g.name, sum(pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid))::bigint
        from (values ('task_instance'), ('event'), ('dag_run'), ('ready_queue'), ('timer'), ('log_chunk'), ('gate')) g(name)
          cross join lateral (
            select p.relid from pg_partition_tree(g.name::regclass) p union select g.name::regclass) t(relid)
          cross join lateral (
            select t.relid::oid oid union all select i.indexrelid from pg_index i where i.indrelid = t.relid) c
        group by g.name
        """;

    /// <summary>Runs the statement and takes back what it did.</summary>
    public static async Task<Reads> OfAsync(NpgsqlConnection connection, Func<NpgsqlConnection, NpgsqlCommand> statement)
    {
        var plans = new List<string>();
        void Told(object sender, NpgsqlNoticeEventArgs told)
        {
            if (told.Notice.MessageText.Contains("plan:\n", StringComparison.Ordinal))
                plans.Add(told.Notice.MessageText);
        }

        await RunAsync(
            """
            load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
            set auto_explain.log_level = notice; set auto_explain.log_analyze = on; set auto_explain.log_timing = off
            """);
        await using var transaction = await connection.BeginTransactionAsync();
        var before = await CountAsync();
        connection.Notice += Told;
        await using (var command = statement(connection))
            await command.ExecuteNonQueryAsync();
        var after = await CountAsync();
        connection.Notice -= Told;                                     // not before: the next statement closes the portal, which tells its plan
        await transaction.RollbackAsync();
        return new(
            after.ToDictionary(table => table.Key, table => table.Value - before[table.Key]),
            [.. plans.Where(plan => Grows().IsMatch(plan))]);

        async Task RunAsync(string sql)
        {
            await using var command = World.Command(connection, sql);
            await command.ExecuteNonQueryAsync();
        }

        async Task<Dictionary<string, long>> CountAsync()
        {
            await using var command = World.Command(connection, Counters);
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new Dictionary<string, long>();
            while (await reader.ReadAsync())
                rows[reader.GetString(0)] = reader.GetInt64(1);
            return rows;
        }
    }

    /// <summary>Plans that read one of these tables from end to end: a sequential scan, or an index without a condition on it.</summary>
    public IEnumerable<string> WholeScans() =>
        from plan in Plans
        where SequentialScan().IsMatch(plan) || UnboundedIndex().IsMatch(plan)
        select plan;

    [GeneratedRegex(@"\b(Scan|Delete|Update|Insert)\b.* on (task_instance|event|dag_run|ready_queue|timer|log_chunk|gate)")]
    private static partial Regex Grows();

    [GeneratedRegex(@"Seq Scan on (task_instance|event|dag_run|ready_queue|timer|log_chunk|gate)\w*\b(?!.*never executed)")]
    private static partial Regex SequentialScan();

    // dag_run may be walked along an index for the newest few; the counters judge that.
    [GeneratedRegex(@"Index (Only )?Scan using \w+ on (task_instance|event|log_chunk)\w*\b[^\n]*(?<!\(never executed\))\n(?!\s+Index Cond)")]
    private static partial Regex UnboundedIndex();
}
