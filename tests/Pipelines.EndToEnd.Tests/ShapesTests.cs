namespace Pipelines.EndToEnd.Tests;

public sealed class ShapesTests
{
    [Fact]
    public async Task A_graph_of_every_shape_runs_from_its_class_to_the_rows()
    {
        await using var at = await Installation.CreateAsync(Built.Dags);
        await at.SchedulerAsync("all_shapes");
        await at.WorkerAsync();
        var run = await at.StartRunAsync("all_shapes");
        await at.RunEndsAsync(run);

        Assert.Equal(
            """
            f
            told
            on_success k
            start "c1"
            regions ["eu", "us", "apac"]
            region.download, 0 "eu0", 1 "us1", 2 "apac2"
            region.count, 0 3, 1 3, 2 5
            choose "Delta"
            load.full k
            load.delta "load.delta 11"
            load.any "load.delta 11"
            break f
            break.told
            break.on_success k
            drop "dropped c1"
            """,
            await at.ScalarAsync(
                """
                select concat_ws(e'\n', r.state, string_agg(t.line, e'\n' order by t.task_no))
                from dag_run r cross join lateral (
                  select t.task_no, string_agg(
                    concat_ws(' ', case when t.map_index < 0 then k.task_id else t.map_index::text end, case when t.state <> 's' then t.state end, t.output::text), ', ' order by t.map_index) line
                  from task_instance t join dag_task k on k.version_id = r.version_id and k.task_no = t.task_no
                  where t.run_id = r.run_id group by t.task_no) t
                where r.run_id = $1 group by r.run_id, r.state
                """, run));
        var told = (string)(await at.ScalarAsync("select convert_from(string_agg(body, '' order by task_no), 'utf8') from log_chunk where run_id = $1", run))!;
        Assert.Contains("told was told: break InvalidOperationException: load.delta 11", told, StringComparison.Ordinal);
        Assert.Contains("break.told was told: break InvalidOperationException: load.delta 11", told, StringComparison.Ordinal);
        await at.TickNoMoreAsync();
        await Proof.NothingIsLeftAsync(at.Store);
    }
}
