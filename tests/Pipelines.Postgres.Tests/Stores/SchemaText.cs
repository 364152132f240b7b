using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests.Stores;

/// <summary>All that a schema consists of, as lines that can be compared: one a column, index, constraint, sequence, option, partition and function.</summary>
[SupportedOSPlatform("linux")]
internal static class SchemaText
{
    public static Task<List<string>> OfAsync(Db db) => db.ReadAsync(
        async connection =>
        {
            await using var command = World.Command(connection, Everything);
            await using var reader = await command.ExecuteReaderAsync();
            var lines = new List<string>();
            while (await reader.ReadAsync())
                lines.Add(reader.GetString(0));
            return lines;
        },
        default);

    private const string Everything =
        """
        with relation as (
          select c.* from pg_class c where c.relnamespace = current_schema()::regnamespace)
        select format('%s %s: column %s %s %s %s %s %s %s', c.relkind, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage, a.attidentity,
                      pg_get_expr(d.adbin, d.adrelid))
        from relation c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        union all
        select format('%s: options %s, partition %s', relname, reloptions, pg_get_expr(relpartbound, oid)) from relation where relkind in ('r', 'p')
        union all
        select format('index: %s', pg_get_indexdef(oid)) from relation where relkind in ('i', 'I')
        union all
        select format('%s: %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint where connamespace = current_schema()::regnamespace
        union all
        select format('sequence %s: %s %s', relname, s.seqtypid::regtype, s.seqincrement) from relation c join pg_sequence s on s.seqrelid = c.oid
        union all
        select pg_get_functiondef(p.oid) from pg_proc p where p.pronamespace = current_schema()::regnamespace
        order by 1
        """;
}
