namespace Pipelines.EndToEnd.Tests;

/// <summary>What must be true of a database whose work is done, whatever happened on the way.</summary>
internal static class Proof
{
    /// <summary>So many runs of a DAG, one a tick, all succeeded, everything in them ended once, and nothing left behind anywhere.</summary>
    public static async Task SucceededOnceAsync(Store at, string dag, int runs)
    {
        Assert.Equal((runs, runs, runs), (
            await CountAsync("count(*)"), await CountAsync("count(distinct scheduled_for)"), await CountAsync("count(*) filter (where state = 's')")));
        await NothingIsLeftAsync(at);

        async Task<int> CountAsync(string what) =>
            (int)await at.CountAsync($"select {what} from dag_run r join dag d on d.dag_no = r.dag_no where d.dag_id = $1", dag);
    }

    /// <summary>No run is open, and what has ended, ended once.</summary>
    public static async Task NothingIsLeftAsync(Store at) => Assert.Empty(await LeftAsync(at));

    /// <summary>What is left all the same, or has not happened once.</summary>
    public static async Task<IReadOnlyList<string>> LeftAsync(Store at)
    {
        var left = new List<string>();
        await NoneAsync("runs are open", "from dag_run x where x.state in ('q', 'r') or x.remaining <> 0");
        await NoneAsync("instances are open", "from task_instance x where x.state in ('n', 'q', 'r', 'y', 'w')");
        await NoneAsync("instances have not ended exactly once", """
            from task_instance x where x.state <> 'x' and (       -- x: its run has gone over to a version without it
              select count(*) from event e where e.run_id = x.run_id and e.task_no = x.task_no and e.map_index = x.map_index
                and e.to_state in ('s', 'f', 'k', 'u', 'c')) <> 1
            """);
        await NoneAsync("attempts have not begun once and ended once", """
            from (select run_id, task_no, map_index, attempt from event where task_no is not null and (from_state = 'r' or to_state = 'r')
                  group by run_id, task_no, map_index, attempt
                  having count(*) filter (where to_state = 'r') <> 1 or count(*) filter (where from_state = 'r') <> 1) x
            """);
        await NoneAsync("runs have not ended exactly once", """
            from dag_run x where (
              select count(*) from event e where e.run_id = x.run_id and e.task_no is null and e.to_state in ('s', 'f', 'c')) <> 1
            """);
        await NoneAsync("pools are in use", "from pool x where x.used <> 0");
        await NoneAsync("rows are in the queue", "from ready_queue x");
        await NoneAsync("timers are set", "from timer x");
        await NoneAsync("signals are waited for", "from signal_wait x");
        if (await at.CountAsync("select repaired from sweep(10000)") is > 0 and var swept)
            left.Add($"{swept} were found by the sweep, which none of their own had told.");
        return left;

        async Task NoneAsync(string what, string query)
        {
            if (await at.CountAsync($"select count(*) {query}") is > 0 and var found)
                left.Add($"{found} {what}, such as {await at.ScalarAsync($"select x::text {query} limit 1")}.");
        }
    }

    public static Task<long> LostAsync(Store at) => at.CountAsync("select count(*) from event where why like 'lost with its worker%'");
}
