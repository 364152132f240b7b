using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

/// <summary>Data that looks like a team's: for pages that people look at.</summary>
internal static class Sample
{
    private static readonly string[] Tasks =
    [
        "extract_orders", "extract_customers", "extract_inventory", "extract_fx_rates", "land_raw", "check_schema", "check_row_counts", "check_freshness",
        "stg_orders", "stg_customers", "build_dim_customer", "build_dim_product", "build_fct_orders", "build_fct_returns", "build_fct_inventory",
        "reconcile_ledger", "approve_adjustments", "post_adjustments", "refresh_semantic_model", "export_partner_files", "notify_teams", "cleanup",
    ];

    public static async Task<(long Run, string Task)> MakeAsync(World world)
    {
        var dag = await world.RegisterAsync(World.Chain("daily_sales_mart", Tasks) with { Cron = "0 3 * * *", TimeZone = "Europe/Berlin", Description = "Sales of the day before, for the mart." });
        var runs = await world.MakeRunsAsync(dag, new DateTimeOffset(2022, 11, 22, 2, 0, 0, TimeSpan.Zero), 1461);
        await world.StartRunsAsync();
        await world.ExecuteAsync("update task_instance set state = 's', attempt = 1, started_at = clock_timestamp(), finished_at = clock_timestamp(); delete from ready_queue");
        await world.ExecuteAsync(
            """
            update task_instance set state = case when task_no = 6 then 'f' when task_no > 6 then 'u' else 's' end::"char" where run_id % 41 = 7;
            update task_instance set state = case when task_no = 12 then 'f' when task_no > 12 then 'u' else 's' end::"char" where run_id = $1 - 3;
            update task_instance set state = 'k' where run_id % 7 = 3 and task_no in (16, 17);
            update task_instance set state = case when task_no = 19 then 'y' when task_no > 19 then 'n' else 's' end::"char" where run_id = $1 - 1;
            update task_instance set state = case when task_no = 13 then 'r' when task_no = 14 then 'q' when task_no > 14 then 'n' else 's' end::"char" where run_id = $1;
            update task_instance set state = case when task_no > 9 then 'c' else 's' end::"char" where run_id = $1 - 8;
            """.Replace("$1", runs[^1].ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        await world.ExecuteAsync(
            """
            update dag_run r set state = x.state, started_at = created_at, failures = x.failures,
              finished_at = case when x.state <> 'r' then created_at + make_interval(secs => x.seconds) end
            from (select run_id, (1500 + 700 * abs(sin(run_id * 1.7)))::int / case when bool_or(state = 'f') then 4 else 1 end seconds, count(*) filter (where state in ('f', 'u')) failures,
                    case when bool_or(state in ('r', 'y')) then 'r' when bool_or(state = 'c') then 'c' when bool_or(state = 'f') then 'f' else 's' end::"char" state
                  from task_instance group by run_id) x
            where r.run_id = x.run_id
            """);
        var run = runs[^4];
        var key = new InstanceKey(run, 12, -1);
        await world.ExecuteAsync(
            """
            with w as (select register_worker('etl-03', '{default}', 8, 3600) id),
            e as (insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, worker_id, why, detail)
              select clock_timestamp() + make_interval(secs => s), $1, 12, -1, a, f, t, w.id, why, d from w cross join (values
                (0, 1::smallint, 'q'::"char", 'r'::"char", null, null::jsonb), (91, 1::smallint, 'r'::"char", 'y'::"char", 'deadlock detected', '{"type":"Npgsql.PostgresException","message":"40P01: deadlock detected while merging into mart.fct_orders"}'::jsonb),
                (100, 2::smallint, 'q'::"char", 'r'::"char", null, null), (191, 2::smallint, 'r'::"char", 'f'::"char", 'deadlock detected',
                 '{"type":"Npgsql.PostgresException","message":"40P01: deadlock detected while merging into mart.fct_orders","stack":"   at Acme.Sales.FctOrders.MergeAsync() in FctOrders.cs:line 88"}'::jsonb)) v(s, a, f, t, why, d))
            update task_instance t set attempt = 2, tries = 2, worker_id = w.id, queued_at = clock_timestamp(), started_at = clock_timestamp() + interval '0.9 s', finished_at = clock_timestamp() + interval '91 s'
            from w where run_id = $1 and task_no = 12
            """, run);
        for (var chunk = 0; chunk < 10; chunk++)
        {
            await world.LogAsync(key, 2, (chunk * 100) + 1, [.. Enumerable.Range((chunk * 100) + 1, 100).Select(n => n switch
            {
                830 => ('W', "lock wait over 30 s on mart.fct_orders, blocked by pid \u001b[36m48213\u001b[0m"),
                831 => ('E', "\u001b[1;31mNpgsql.PostgresException (0x80004005): 40P01: deadlock detected\u001b[0m"),
                832 => ('E', "  DETAIL: Process 48377 waits for ShareLock on transaction 99120; blocked by process 48213."),
                _ => ('I', $"merged partition \u001b[36m2026-11-{1 + (n % 28):00}\u001b[0m  \u001b[32m+{n * 37 % 9000:N0}\u001b[0m \u001b[33m~{n % 500}\u001b[0m"),
            })]);
        }

        await world.ExecuteAsync(
            """
            insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, total, created_by)
            values ($1, '2022-11-01', '2023-02-01', 'failed', true, 4, 'r', 90, 'ann');
            """, dag.Dag);
        await world.ExecuteAsync("update dag_run set backfill_id = 1, kind = 'b' where run_id <= 40");
        await world.ExecuteAsync("insert into import_error(source, dag_id, file, what, fix) values ('etl-01/partners', 'partner_feeds', 'Acme.Partners.dll', 'The cron expression ''61 * * * *'' has a minute over 59.', 'Give minutes of 0 to 59.')");
        foreach (var name in new[] { "orders_cdc", "fx_rates", "inventory_snapshot" })
            await world.RegisterAsync(World.Chain(name, "load", "check") with { Cron = name == "fx_rates" ? null : "*/5 * * * *" });
        await world.ExecuteAsync("update dag set next_due = clock_timestamp() + interval '17 h 12 min' where dag_id <> 'fx_rates'; update dag set paused = true where dag_id = 'orders_cdc'");
        return (run, Tasks[12]);
    }
}
