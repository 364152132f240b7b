using System.Globalization;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

/// <summary>A team's DAGs with groups, owners, tags, pools, failures and runs under way: for pages that people look at.</summary>
internal static class SampleDags
{
    private static readonly string[] Tasks =
    [
        "ingest.extract_orders", "ingest.extract_customers", "ingest.extract_inventory", "ingest.extract_fx_rates", "ingest.land_raw", "quality.check_schema", "quality.check_row_counts",
        "quality.check_freshness", "staging.stg_orders", "staging.stg_customers", "marts.build_dim_customer", "marts.build_dim_product", "marts.build_fct_orders", "marts.build_fct_returns",
        "marts.build_fct_inventory", "finance.reconcile_ledger", "finance.post_adjustments", "publish.refresh_semantic_model", "publish.export_partner_files", "publish.notify_teams", "cleanup",
    ];

    public static async Task<(long Run, string Task)> MakeAsync(World world)
    {
        var dag = await world.RegisterAsync(World.Chain("daily_sales_mart", Tasks) with
        {
            Cron = "0 3 * * *", TimeZone = "Europe/Berlin", Description = "Sales of the day before, for the mart.", Owner = "Sales data", Tags = ["sales", "tier-1"],
        });
        var today = new DateTimeOffset(DateTimeOffset.UnixEpoch.AddDays(await DayAsync(world)).UtcDateTime, TimeSpan.Zero).AddHours(2);
        var runs = await world.MakeRunsAsync(dag, today.AddDays(-299), 300);
        await world.StartRunsAsync();
        await world.ExecuteAsync("update task_instance set state = 's', attempt = 1, started_at = clock_timestamp() - interval '9 min', queued_at = clock_timestamp() - interval '9.1 min', finished_at = clock_timestamp() - make_interval(secs => run_id % 200); delete from ready_queue");
        await world.ExecuteAsync(
            """
            update task_instance set state = case when task_no = 6 then 'f' when task_no > 6 then 'u' else 's' end::"char" where run_id % 41 = 7;
            update task_instance set state = case when task_no = 12 then 'f' when task_no > 12 then 'u' else 's' end::"char" where run_id in ($1 - 3, $1 - 9);
            update task_instance set state = 'k' where run_id % 7 = 3 and task_no in (15, 16);
            update task_instance set state = case when task_no = 13 then 'r' when task_no = 14 then 'q' when task_no > 14 then 'n' else 's' end::"char" where run_id = $1;
            update task_instance set state = case when task_no > 9 then 'c' else 's' end::"char" where run_id = $1 - 8;
            """.Replace("$1", runs[^1].ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        await FinishAsync(world, 1800, 700);
        var run = runs[^4];
        foreach (var failed in new[] { run, runs[^10] })
            await FailAsync(world, new InstanceKey(failed, 12, -1));
        for (var chunk = 0; chunk < 3; chunk++)
        {
            await world.LogAsync(new InstanceKey(run, 12, -1), 2, (chunk * 100) + 1, [.. Enumerable.Range((chunk * 100) + 1, 100).Select(n => n switch
            {
                230 => ('W', "lock wait over 30 s on mart.fct_orders, blocked by pid 48213"),
                231 => ('E', "Npgsql.PostgresException (0x80004005): 40P01: deadlock detected"),
                _ => ('I', $"merged partition 2026-11-{1 + (n % 28):00}  +{n * 37 % 9000:N0}"),
            })]);
        }

        (string Id, string? Cron, string Owner, string[] Tags)[] others =
        [
            ("orders_cdc", "*/5 * * * *", "Platform", ["orders"]), ("fx_rates", "10 * * * *", "Finance", []), ("inventory_snapshot", "*/15 * * * *", "Supply", ["tier-1"]),
            ("customer_360", "30 4 * * *", "Marketing", []), ("ledger_close", "0 22 L * *", "Finance", ["tier-1"]), ("partner_feeds", "0 6 * * MON-FRI", "Partners", ["sales"]),
            ("ml_feature_store", "30 2 * * *", "Data science", []), ("gdpr_erasure", null, "Legal", []),
        ];
        foreach (var (id, cron, owner, tags) in others)
        {
            var other = await world.RegisterAsync(World.Chain(id, "load", "check") with { Cron = cron, Owner = owner, Tags = tags.Length > 0 ? tags : null, TimeZone = "UTC" });
            await world.MakeRunsAsync(other, today.AddDays(-20), 20);
        }

        await world.StartRunsAsync();
        await world.ExecuteAsync("update task_instance set state = 's', attempt = 1, started_at = clock_timestamp() - interval '3 min', finished_at = clock_timestamp() where run_id > $1", runs[^1]);
        await world.ExecuteAsync("delete from ready_queue");
        await world.ExecuteAsync("update task_instance set state = case when task_no = 0 then 'f' else 'u' end::\"char\" where run_id in (select run_id from dag_run r join dag d using (dag_no) where d.dag_id = 'partner_feeds' order by run_id desc limit 6)");
        await world.ExecuteAsync("update task_instance set state = case when task_no = 0 then 's' else 'r' end::\"char\" where run_id in (select max(run_id) from dag_run r join dag d using (dag_no) where d.dag_id in ('inventory_snapshot', 'ml_feature_store') group by dag_id)");
        await FinishAsync(world, 180, 60);
        await world.ExecuteAsync(
            """
            insert into event(at, dag_no, run_id, task_no, map_index, attempt, from_state, to_state, why, detail)
            select clock_timestamp(), r.dag_no, r.run_id, 0, -1, 1, 'r', 'f', 'connection reset', '{"type":"Renci.SshNet.SftpException","message":"connection reset by peer after 38 s"}'
            from dag_run r join dag d using (dag_no) where d.dag_id = 'partner_feeds' and r.state = 'f'
            """);
        await world.ExecuteAsync(
            """
            update dag set next_due = date_trunc('minute', clock_timestamp()) + interval '7 min' + make_interval(mins => dag_no * 5), last_tick = clock_timestamp() where dag_id <> 'gdpr_erasure';
            update dag set paused = true where dag_id = 'customer_360';
            insert into pool(name, slots, used) values ('warehouse', 8, 5), ('api', 16, 16);
            insert into import_error(source, dag_id, file, what, fix) values ('etl-01/partners', 'partner_feeds', 'Acme.Partners.dll', 'The cron expression ''61 * * * *'' has a minute over 59.', 'Give minutes of 0 to 59.');
            select register_worker('etl-01', '{default}', 96, 3600), register_worker('etl-02', '{default}', 96, 3600);
            update worker set busy = 59 where slots = 96; delete from worker where slots = 8
            """);
        return (run, Tasks[12]);
    }

    private static async Task<int> DayAsync(World world) => (int)(await world.Store.NowAsync(CancellationToken.None) - DateTimeOffset.UnixEpoch).TotalDays;

    /// <summary>Runs take some seconds, and end one after the other, the newest now.</summary>
    private static Task FinishAsync(World world, int seconds, int spread) => world.ExecuteAsync(
        """
        update dag_run r set state = x.state, failures = x.failures, created_at = clock_timestamp() - make_interval(mins => (470 - r.run_id)::int * 8),
          started_at = case when x.state = 'r' then clock_timestamp() - make_interval(secs => x.seconds * 0.6) else clock_timestamp() - make_interval(mins => (470 - r.run_id)::int * 8, secs => -0.3 - random()) end,
          finished_at = case when x.state <> 'r' then clock_timestamp() - make_interval(mins => (470 - r.run_id)::int * 8, secs => -1 - x.seconds) end
        from (select run_id, ($1 + $2 * abs(sin(run_id * 1.7)))::int / case when bool_or(state = 'f') then 4 else 1 end seconds, count(*) filter (where state in ('f', 'u')) failures,
                case when bool_or(state in ('r', 'y')) then 'r' when bool_or(state = 'c') then 'c' when bool_or(state = 'f') then 'f' else 's' end::"char" state
              from task_instance group by run_id) x
        where r.run_id = x.run_id and r.state = 'r' and r.finished_at is null
        """, seconds, spread);

    private static Task FailAsync(World world, InstanceKey key) => world.ExecuteAsync(
        """
        with w as (select register_worker('etl-03', '{default}', 8, 3600) id),
        e as (insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, worker_id, why, detail)
          select clock_timestamp() + make_interval(secs => s), $1, $2, -1, a, f, t, w.id, why, d from w cross join (values
            (0, 1::smallint, 'q'::"char", 'r'::"char", null, null::jsonb), (91, 1::smallint, 'r'::"char", 'y'::"char", 'deadlock detected', '{"type":"Npgsql.PostgresException","message":"40P01: deadlock detected while merging into mart.fct_orders"}'::jsonb),
            (100, 2::smallint, 'q'::"char", 'r'::"char", null, null), (191, 2::smallint, 'r'::"char", 'f'::"char", 'deadlock detected',
             '{"type":"Npgsql.PostgresException","message":"40P01: deadlock detected while merging into mart.fct_orders","stack":"   at Acme.Sales.FctOrders.MergeAsync() in FctOrders.cs:line 88"}'::jsonb)) v(s, a, f, t, why, d))
        update task_instance t set attempt = 2, tries = 2, worker_id = w.id, queued_at = clock_timestamp() - interval '1.9 s', started_at = clock_timestamp() - interval '1 s', finished_at = clock_timestamp() + interval '90 s'
        from w where run_id = $1 and task_no = $2
        """, key.RunId, key.TaskNo);
}
