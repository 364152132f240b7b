using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests.Api;

/// <summary>A database in which everything is that the examples of the API's document name.</summary>
internal static class SampleApi
{
    public static async Task FillAsync(World world, long run)
    {
        await world.StartRunsAsync();
        var worker = await world.WorkerAsync();
        await world.AdvanceAsync(worker, 1);
        var key = new InstanceKey(run, 0, -1);
        await world.LogAsync(key, 1, 1, ('I', "3 rows"), ('W', "late\u0000\u001b[31m"), ('E', "<b>no</b>"), ('I', new string('x', 5000)));
        await world.ExecuteAsync(
            """
            insert into artefact values ($1, 0, -1, 'chart.svg', 1::smallint, 'image/svg+xml', '<svg/>', clock_timestamp());
            """, run);
        await world.ExecuteAsync(
            """
            insert into task_step select run_id, task_no, map_index, 's', 'download', first_started_at, 1::smallint, 's', 1, clock_timestamp(), clock_timestamp(), '"orders.csv"', null
            from task_instance where run_id = $1 and task_no = 0
            """, run);
        await world.ExecuteAsync(
            """
            insert into task_value select run_id, task_no, map_index, kind, name, first_started_at, 1::smallint, clock_timestamp(), value
            from task_instance cross join (values ('v'::"char", 'rows', '3000'::jsonb), ('p', '', '{"percent": 62.5, "text": "5 of <b>8</b> files"}')) told(kind, name, value)
            where run_id = $1 and task_no = 0
            """, run);
        await world.ExecuteAsync(
            """
            insert into task_lock select 'warehouse <b>load</b>', 7, gen_random_uuid(), run_id, task_no, map_index, attempt, worker_id, clock_timestamp(), clock_timestamp() + interval '1 hour'
            from task_instance where run_id = $1 and task_no = 0
            """, run);
        await world.ExecuteAsync(
            """
            insert into notification(channel, what, dag_no, run_id, task_no, attempt, at, state, tries, due_at, finished_at)
            select 'ops', 'f', dag_no, $1, 0, 1::smallint, clock_timestamp(), 'f', 12, clock_timestamp(), clock_timestamp() from dag_run where run_id = $1
            """, run);
        await world.ExecuteAsync(
            """
            insert into notification_try values (1, 1::smallint, clock_timestamp(), 'etl-01', clock_timestamp(), 'no answer');
            insert into asset(name) values ('orders');
            insert into task_limit(name, starts, per, burst) values ('vendor_api', 10, 60, 2);
            insert into task_limit(name, at_once) values ('dag:orders_daily', 4), ('task:orders_daily.extract', 1);
            insert into import_error(source, dag_id, file, what, fix) values ('etl-01/partners', '', 'Acme.dll', 'It is no assembly.', 'Drop another one.');
            insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, total, created_by)
            select dag_no, '2026-03-01', '2026-03-02', 'missing', false, 4, 'r', 2, 'cli:ann' from dag where dag_id = 'orders_daily';
            """);
        await world.ExecuteAsync(
            """
            insert into account(name, role, only_tags, created_by) values ('ann', 'o', '{sales}', 'cli:up');
            insert into api_token(token_no, hash, start, name, account_no, role, created_at, expires_at) overriding system value
            select 12, 'none', 'pl_Zm9vY', 'nightly checks', account_no, 'v', clock_timestamp(), clock_timestamp() + interval '90 days' from account where name = 'ann';
            insert into setting(kind, name, value, secret, about, changed_by, changed_at) values
              ('connection', 'warehouse', 'hunter2', true, 'The data warehouse.', 'cli:ann', clock_timestamp()), ('variable', 'max_rows', '5000', false, 'Of one batch.', 'cli:ann', clock_timestamp());
            """);
        await world.Operations.SetPoolAsync("database", 4, "cli:ann", default);
        await world.Operations.NoteAsync(run, "extract", -1, "Checked.", "cli:ann", default);
        var broken = await world.RegisterAsync(World.Chain("broken", "only"));
        var failed = (await world.MakeRunsAsync(broken, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), 1))[0];
        await world.StartRunsAsync();
        await world.ExecuteAsync(
            """
            with i as (update task_instance set state = 'f' where run_id = $1)
            update dag_run set state = 'f', started_at = created_at, finished_at = clock_timestamp() where run_id = $1
            """, failed);
        await SampleLedger.MakeAsync(world);
        await world.Operations.UpdateAssetAsync("orders", """{"rows": 3}""", "cli:ann", default);
    }
}
