using System.Globalization;

namespace Pipelines.Web.Tests;

/// <summary>Workers, pools, limits, a queue, assets, notifications and acts of people.</summary>
internal static class SampleOperate
{
    /// <summary>A DAG whose first task is in a pool of two slots; of its four runs two run it, two wait for it.</summary>
    public static async Task<int> MakeAsync(World world)
    {
        await world.ExecuteAsync("insert into pool(name, slots) values ('warehouse', 2), ('lonely', 0)");
        var spec = World.Chain("mart", "load", "publish") with { Cron = "0 0 * * *", TimeZone = "UTC" };
        var dag = await world.RegisterAsync(spec with { Tasks = [spec.Tasks[0] with { Pool = "warehouse", Produces = ["warehouse/orders"] }, spec.Tasks[1]] });
        await world.RegisterAsync(World.Chain("report", "render") with { Cron = null, TimeZone = "UTC", Assets = new Asset("warehouse/orders") });
        await world.RegisterAsync(World.Chain("gpu", "train") with { Cron = null, Tasks = [new TaskSpec { Id = "train", Queue = "gpu" }] });
        await world.MakeRunsAsync(dag, new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 4);
        await world.Operations.StartRunAsync(new Engine.Ports.NewRun("gpu"), "web:ann", CancellationToken.None);
        await world.StartRunsAsync();
        var worker = await world.WorkerAsync();
        await world.AdvanceAsync(worker, 5);
        await world.ExecuteAsync("update worker set busy = 2 where worker_id = $1", worker);
        await world.Operations.PauseAsync("report", new Engine.Ports.Actor("web:ann", "quarter end"), CancellationToken.None);
        await world.Operations.SetPoolAsync("lonely", 3, "cli:bob", CancellationToken.None);
        await world.Operations.UpdateAssetAsync("warehouse/orders", "{\"rows\": 3000}", new Engine.Ports.Actor("api:loader", "loaded by hand"), CancellationToken.None);
        await world.ExecuteAsync(
            """
            insert into import_error(source, dag_id, file, what, fix) values ('here/folder', 'mart', 'Acme.Mart.dll', 'The cron expression has a minute over 59.', 'Give minutes of 0 to 59.'),
              ('here/other', '', 'Other.dll', 'It is no assembly.', 'Build it again.');
            insert into notification(channel, what, dag_no, run_id, at, state, tries, due_at, finished_at)
              values ('on-call', 'f', $1, 1, clock_timestamp(), 'f', 12, clock_timestamp(), clock_timestamp()), ('mail', 's', $1, 1, clock_timestamp(), 's', 1, clock_timestamp(), clock_timestamp());
            insert into notification_try values (1, 12, clock_timestamp(), 'etl-01', clock_timestamp(), 'the server said <b>no</b>'), (2, 1, clock_timestamp(), 'etl-01', clock_timestamp(), null);
            """.Replace("$1", dag.Dag.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        return worker;
    }
}
