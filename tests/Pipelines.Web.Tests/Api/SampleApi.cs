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
            insert into notification(channel, what, dag_no, run_id, task_no, attempt, at, state, tries, due_at, finished_at)
            select 'ops', 'f', dag_no, $1, 0, 1::smallint, clock_timestamp(), 'f', 12, clock_timestamp(), clock_timestamp() from dag_run where run_id = $1
            """, run);
        await world.ExecuteAsync(
            """
            insert into notification_try values (1, 1::smallint, clock_timestamp(), 'etl-01', clock_timestamp(), 'no answer');
            insert into asset(name) values ('orders');
            insert into task_limit(name, starts, per, burst) values ('vendor_api', 10, 60, 2);
            insert into import_error(source, dag_id, file, what, fix) values ('etl-01/partners', '', 'Acme.dll', 'It is no assembly.', 'Drop another one.');
            insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, total, created_by)
            select dag_no, '2026-03-01', '2026-03-02', 'missing', false, 4, 'r', 2, 'cli:ann' from dag where dag_id = 'orders_daily';
            """);
        await world.Operations.SetPoolAsync("database", 4, "cli:ann", default);
        await world.Operations.NoteAsync(run, "extract", -1, "Checked.", "cli:ann", default);
        await world.Operations.UpdateAssetAsync("orders", """{"rows": 3}""", "cli:ann", default);
    }
}
