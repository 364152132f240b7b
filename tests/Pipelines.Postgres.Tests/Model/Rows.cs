using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Testing.Model;

namespace Pipelines.Postgres.Tests.Model;

/// <summary>Everything that both sides must agree on, as one set of lines each; a line names its row and says what is in it.</summary>
[SupportedOSPlatform("linux")]
internal static class Rows
{
    private const string Sql =
        """
        select 'run ' || run_id, format('%s remaining=%s failures=%s epoch=%s priority=%s%s%s', state, remaining, failures, epoch, priority,
                 case when state = 'r' then ' verdict=' || verdict::text end, case when state = 'r' and cancelling then ' stopping' end)
        from dag_run
        union all
        select format('instance %s/%s/%s', run_id, task_no, map_index),
               case when state = 'x' then format('x attempt=%s', attempt)
                    else format('%s attempt=%s tries=%s lost=%s polls=%s priority=%s%s%s%s', state, attempt, tries, lost, polls, priority,
                      case when state = 'n' and trigger_rule < 15 or state = 'w' and map_index = -1 and lane_id = 0 and not exists (select 1 from gate g where g.run_id = t.run_id and g.task_no = t.task_no)
                           then format(' unmet=%s ok=%s failed=%s skipped=%s refused=%s', unmet, ok, failed, skipped, refused) end,
                      case when state = 'r' then ' worker=' || worker_id end, case when output is not null then ' output' end) end
        from task_instance t where exists (select 1 from dag_run r where r.run_id = t.run_id and r.state <> 'q')
        union all
        select 'queue ' || row_number() over (order by q.rank, q.run_id, q.task_no, q.map_index),
               format('%s/%s/%s rank=%s queue=%s pool=%s', q.run_id, q.task_no, q.map_index, q.rank, l.queue, p.name)
        from ready_queue q join lane l on l.lane_id = q.lane_id left join pool p on p.pool_id = l.pool_id
        union all
        select format('timer %s/%s/%s', run_id, task_no, map_index), '' from timer
        union all
        select format('gate %s/%s', run_id, task_no), '' from gate
        union all
        select format('wait %s/%s/%s', run_id, task_no, map_index), format('for %s %s run %s', dag_id, task_id, child_run) from wait
        union all
        select 'pool ' || name, format('%s of %s', used, slots) from pool
        """;

    public static async Task<Dictionary<string, string>> OfSqlAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new Dictionary<string, string>(500);
        while (await reader.ReadAsync())
            Assert.True(rows.TryAdd(reader.GetString(0), reader.GetString(1)), $"SQL holds {reader.GetString(0)} twice");
        return rows;
    }

    public static Dictionary<string, string> OfModel(ModelWorld model)
    {
        var rows = new Dictionary<string, string>(500);
        foreach (var run in model.Runs.Values)
        {
            rows.Add($"run {run.Id}", $"{run.State} remaining={run.Remaining} failures={run.Failures} epoch={run.Epoch} priority={run.Priority}"
                + (run is { State: 'r', Verdict: { } verdict } ? $" verdict={verdict}" : "") + (run.State == 'r' && run.Stopping ? " stopping" : ""));
            foreach (var instance in run.State == 'q' ? [] : run.Instances)
                rows.Add($"instance {Name(instance)}", Text(model, instance));
        }

        foreach (var (place, instance) in model.Queue.Index())
            rows.Add($"queue {place + 1}", $"{Name(instance)} rank={-instance.Priority} queue={instance.Lane.Queue} pool={instance.Lane.Pool}");
        foreach (var instance in model.Timers.Keys)
            rows.Add($"timer {Name(instance)}", "");
        foreach (var instance in model.Gates)
            rows.Add($"gate {instance.Key.RunId}/{instance.Key.TaskNo}", "");
        foreach (var (instance, wait) in model.Waits)
            rows.Add($"wait {Name(instance)}", $"for {wait.Begun.Dag} {wait.Begun.Task} run {wait.Child?.Id}");
        foreach (var (name, pool) in model.Pools)
            rows.Add($"pool {name}", $"{pool.Used} of {pool.Slots}");
        return rows;
    }

    public static List<string> Differences(Dictionary<string, string> model, Dictionary<string, string> sql) =>
    [
        .. model.Where(row => !sql.TryGetValue(row.Key, out var there) || there != row.Value)
            .Select(row => $"{row.Key}: the model says {row.Value}; SQL says {sql.GetValueOrDefault(row.Key, "nothing")}"),
        .. sql.Where(row => !model.ContainsKey(row.Key)).Select(row => $"{row.Key}: the model has none; SQL says {row.Value}"),
    ];

    public static string Name(ModelInstance i) => $"{i.Key.RunId}/{i.Key.TaskNo}/{i.Key.MapIndex}";

    private static string Text(ModelWorld model, ModelInstance i)
    {
        if (i.State == 'x')
            return $"x attempt={i.Attempt}";
        var c = i.Counters;
        var counts = i.State == 'n' && !i.Task.IsRunCallback || i.State == 'w' && !i.IsElement && i.Task.OverNo is not null && !model.Gates.Contains(i);
        return $"{i.State} attempt={i.Attempt} tries={i.Tries} lost={i.Lost} polls={i.Polls} priority={i.Priority}"
            + (counts ? $" unmet={c.Unmet} ok={c.Ok} failed={c.Failed} skipped={c.Skipped} refused={c.Refused}" : "")
            + (i.State == 'r' ? $" worker={i.Worker}" : "") + (i.Output is not null ? " output" : "");
    }
}
