namespace Pipelines.Web.Tests;

/// <summary>A backfill under way, for pages that people look at.</summary>
internal static class SampleBackfill
{
    public static async Task MakeAsync(World world)
    {
        await world.ExecuteAsync("insert into pool(name, slots, used) values ('warehouse', 8, 3)");
        var spec = World.Chain("daily_sales_mart", "extract_orders", "stage", "merge", "check", "publish") with { Cron = "0 0 * * *", TimeZone = "Europe/Berlin" };
        var dag = await world.RegisterAsync(spec with { Tasks = [.. spec.Tasks.Select(task => task.Id == "merge" ? task with { Pool = "warehouse" } : task)] });
        await world.MakeRunsAsync(dag, new DateTimeOffset(2026, 10, 18, 22, 0, 0, TimeSpan.Zero), 30);
        await world.ExecuteAsync(
            """
            update dag_run set state = case when run_id % 9 = 4 then 'f' else 's' end::"char", created_at = created_at - interval '2 days', started_at = created_at - interval '1 day',
              finished_at = created_at - interval '1 day' + make_interval(mins => 34 + (run_id * 7 % 15)::int);
            insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, total, created_by, created_at)
            values ($1, '2026-09-07', '2026-11-15', 'failed', true, 4, 'r', 45, 'web:mara.koch', clock_timestamp() - interval '3 h 40 min');
            insert into event(at, dag_no, actor, why) values
              (clock_timestamp() - interval '3 h 40 min', $1, 'web:mara.koch', 'backfill 1 created: 2026-09-07 to 2026-11-15, existing runs failed, 45 runs'),
              (clock_timestamp() - interval '3 h 2 min', $1, 'web:mara.koch', 'backfill 1 has 4 runs at once, it had 3');
            update dag_run set backfill_id = 1 where state = 'f';
            """.Replace("$1", dag.Dag.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        await world.MakeRunsAsync(dag, new DateTimeOffset(2026, 9, 17, 22, 0, 0, TimeSpan.Zero), 30, 1);
        await world.ExecuteAsync("select start_runs(100)");
        await world.ExecuteAsync(
            """
            update task_instance i set state = case
                when r.run_id > 46 then case when task_no = 0 then 'q' else 'n' end
                when r.run_id > 42 then case when task_no < 2 then 's' when task_no = 2 then case when r.run_id = 44 then 'y' else 'r' end else 'n' end
                when r.run_id in (35, 38) then case when task_no < 2 then 's' when task_no = 2 then 'f' else 'u' end
                else 's' end::"char"
            from dag_run r where r.run_id = i.run_id and r.backfill_id = 1;
            update dag_run r set state = case when run_id > 46 then 'q' when run_id > 42 then 'r' when run_id in (35, 38) then 'f' else 's' end::"char",
              started_at = case when run_id <= 46 then clock_timestamp() - make_interval(mins => (47 - run_id)::int * 12) end,
              finished_at = case when run_id <= 42 then clock_timestamp() - make_interval(mins => (47 - run_id)::int * 12 - 36) end
            where r.backfill_id = 1 and run_id > 30;
            delete from ready_queue
            """);
    }
}
