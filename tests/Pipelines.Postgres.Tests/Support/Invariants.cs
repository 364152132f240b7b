using System.Runtime.Versioning;
using Pipelines.Testing.Model;

namespace Pipelines.Postgres.Tests;

/// <summary>What holds whenever no statement is under way.</summary>
[SupportedOSPlatform("linux")]
internal static class Invariants
{
    /// <summary>
    /// The one table of transitions, as "from to". A run that is run again begins without events for what it resets, so the first event of an
    /// instance leaves n then too; n to x and x to n are told by what follows.
    /// </summary>
    private static readonly string[] TaskTransitions = [.. Transitions.OfInstances.Select(t => $"{t.From}{t.To}").Distinct()];

    private static readonly string[] RunTransitions = [.. Transitions.OfRuns.Select(t => $"{t.From}{t.To}").Distinct()];

    /// <summary>Each query finds what is wrong, as text.</summary>
    private static readonly (string What, string Sql)[] Wrong =
    [
        ("an instance's event that is not in the table of transitions",
            $"""
            select format('run %s task %s[%s]: %s to %s', run_id, task_no, map_index, from_state, to_state) from event
            where task_no is not null and from_state::text || to_state::text <> all('{Quoted(TaskTransitions)}') or task_no is not null and (from_state is null or to_state is null)
            """),
        ("a run's event that is not in the table of transitions",
            $"""
            select format('run %s: %s to %s', run_id, from_state, to_state) from event
            where task_no is null and run_id is not null and coalesce(from_state::text, '-') || to_state::text <> all('{Quoted(RunTransitions)}')
            """),
        ("an event that does not start where the one before it ended",
            """
            select format('run %s task %s[%s]: %s after %s', run_id, task_no, map_index, from_state, was) from (
              select e.*, lag(to_state) over (partition by run_id, task_no, map_index order by event_id) was from event e where task_no is not null) x
            where was is not null and from_state <> was and not (from_state = 'n' and was in ('s', 'f', 'k', 'u', 'c', 'x'))
              and not (from_state in ('q', 'r', 'w') and was in ('q', 'r', 'w') and was <> 'n')   -- polls go round from w to q to r untold
            """),
        ("an instance whose last event does not lead to its state",
            """
            select format('run %s task %s[%s] is %s, its last event says %s', t.run_id, t.task_no, t.map_index, t.state, e.to_state)
            from task_instance t join dag_run r on r.run_id = t.run_id and r.state <> 'q'
              left join lateral (select to_state from event e where e.run_id = t.run_id and e.task_no = t.task_no and e.map_index = t.map_index order by event_id desc limit 1) e on true
            where t.state not in ('n', 'x') and t.state is distinct from e.to_state and not (t.polls > 0 and t.state in ('q', 'r', 'w') and e.to_state in ('q', 'r', 'w'))
            """),
        ("an ended instance without exactly one end since it last left n",
            """
            select format('run %s task %s[%s] has %s', run_id, task_no, map_index, n) from (
              select t.run_id, t.task_no, t.map_index, count(*) filter (where e.to_state in ('s', 'f', 'k', 'u', 'c') and e.event_id >= l.id) n
              from task_instance t join event e using (run_id, task_no, map_index)
                cross join lateral (select max(event_id) id from event x where x.run_id = t.run_id and x.task_no = t.task_no and x.map_index = t.map_index
                  and x.from_state in ('n', 's', 'f', 'k', 'u', 'c')) l
              where t.state in ('s', 'f', 'k', 'u', 'c') group by 1, 2, 3) x
            where n <> 1
            """),
        ("a run whose count of what remains is wrong",
            """
            select format('run %s (%s): %s, but %s have not ended', r.run_id, r.state, r.remaining, n) from dag_run r
              cross join lateral (select count(*) n from task_instance t where t.run_id = r.run_id and t.state in ('n', 'q', 'r', 'y', 'w', 'a') and not (t.state = 'n' and t.trigger_rule in (15, 16))) x
            where r.state <> 'q' and r.remaining <> n
            """),
        ("a run whose count of failures is wrong",
            """
            select format('run %s: %s, but %s failed', r.run_id, r.failures, n) from dag_run r
              cross join lateral (select count(*) n from task_instance t where t.run_id = r.run_id and t.state in ('f', 'u') and t.trigger_rule <> 18) x
            where r.started_at is not null and r.failures <> n
            """),
        ("a run in a state that its instances do not bear out",
            "select format('run %s is %s with %s to do', run_id, state, remaining) from dag_run where (state in ('s', 'f', 'c')) <> (remaining = 0) and state <> 'q'"),
        ("a queue that does not hold just the queued instances",
            """
            select format('run %s task %s[%s]: queue says %s, instance %s', coalesce(q.run_id, t.run_id), coalesce(q.task_no, t.task_no), coalesce(q.map_index, t.map_index), q.rank, t.state)
            from ready_queue q full join (select * from task_instance where state = 'q') t
              on (q.run_id, q.task_no, q.map_index, q.rank) = (t.run_id, t.task_no, t.map_index, -t.priority)
                and q.lane_id in (t.lane_id, (select goes_to from lane where lane_id = t.lane_id))
            where t.run_id is null or q.run_id is null and not exists (
              select 1 from limit_wait w where (w.run_id, w.task_no, w.map_index) = (t.run_id, t.task_no, t.map_index))
            union all
            select format('run %s task %s[%s] waits twice', run_id, task_no, map_index) from (
              select run_id, task_no, map_index from ready_queue union all select run_id, task_no, map_index from limit_wait join task_instance using (run_id, task_no, map_index) where state = 'q') x
            group by run_id, task_no, map_index having count(*) > 1
            """),
        ("timers that are not just those of the instances that wait for their retry or next poll, or for a time",
            """
            select format('run %s task %s[%s]', coalesce(m.run_id, t.run_id), coalesce(m.task_no, t.task_no), coalesce(m.map_index, t.map_index))
            from timer m full join (
              select i.* from task_instance i left join lane l using (lane_id) left join wait w using (run_id, task_no, map_index)
              where i.state = 'y' or i.state = 'w' and (l.queue <> '~wait' and i.first_started_at is not null or l.queue = '~wait' and w.run_id is null)) t using (run_id, task_no, map_index)
            where m.due_at is null and not exists (select 1 from signal_wait w where w.run_id = t.run_id and w.task_no = t.task_no and w.map_index = t.map_index)
              or t.state is null and not exists (select 1 from wait w where w.run_id = m.run_id and w.task_no = m.task_no and w.map_index = m.map_index)
                 and not exists (select 1 from approval a where a.run_id = m.run_id and a.task_no = m.task_no and a.map_index = m.map_index and a.state = 'a')
            """),
        ("a wait for a signal whose instance does not wait, or beside a signal that is there",
            """
            select format('run %s task %s[%s]: %s', w.run_id, w.task_no, w.map_index, t.state)
            from signal_wait w left join task_instance t using (run_id, task_no, map_index)
            where t.state is distinct from 'w' or exists (select 1 from signal s where s.run_id = w.run_id and s.name = w.name and s.taken_at is null)
            """),
        ("questions that are not just those of the instances that need approval",
            """
            select format('run %s task %s[%s]: %s', coalesce(a.run_id, t.run_id), coalesce(a.task_no, t.task_no), coalesce(a.map_index, t.map_index), t.state)
            from (select * from approval where state = 'a') a full join (select * from task_instance where state = 'a') t using (run_id, task_no, map_index)
            where a.state is null or t.state is null
            """),
        ("a wait for another DAG whose instance does not wait",
            """
            select format('run %s task %s[%s]: %s', w.run_id, w.task_no, w.map_index, t.state)
            from wait w left join task_instance t using (run_id, task_no, map_index) where t.state is distinct from 'w'
            """),
        ("gates that are not just those of the instances that wait for the past",
            """
            select format('run %s task %s: gate %s, instance %s', coalesce(g.run_id, t.run_id), coalesce(g.task_no, t.task_no), g.run_id is not null, t.state)
            from gate g full join (
              select * from task_instance i where i.state = 'w' and i.gated and i.first_started_at is null
                and not exists (select 1 from task_instance e where e.run_id = i.run_id and e.task_no = i.task_no and e.map_index >= 0 and e.state <> 'x')) t
              on t.run_id = g.run_id and t.task_no = g.task_no and t.map_index = -1
            where g.run_id is null or t.run_id is null
            """),
        ("a pool whose used slots are not those that run",
            """
            select format('pool %s: %s used, %s run', p.name, p.used, n) from pool p cross join lateral (
              select coalesce(sum(l.weight), 0) n from task_instance t join lane l on l.lane_id = t.lane_id join dag_run r on r.run_id = t.run_id
              where l.pool_id = p.pool_id and t.state = 'r' and r.state = 'r') x
            where p.used <> n
            """),
        ("a limit that more keep to than it lets",
            """
            select format('limit %s, key %s: %s of %s', l.name, b.key, n, l.at_once) from limit_bucket b join task_limit l using (limit_no)
              cross join lateral (select count(*) n from limit_hold h where h.bucket_id = b.bucket_id and not h.done) x
            where n > l.at_once
            """),
        ("an instance that counts at a limit and is neither admitted nor running",
            """
            select format('run %s task %s[%s] is %s', run_id, task_no, map_index, t.state) from limit_hold h left join task_instance t using (run_id, task_no, map_index)
            where not h.done and (t.state is null or t.state not in ('q', 'r'))
            """),
        ("an instance that runs without counting at its limits",
            """
            select format('run %s task %s[%s]: %s of %s', t.run_id, t.task_no, t.map_index, n, k) from task_instance t join dag_run r using (run_id)
              cross join lateral (select count(*) k from limit_of_task o join task_limit l using (limit_no) where o.version_id = r.version_id and o.task_no = t.task_no and l.starts is null) o
              cross join lateral (select count(*) n from limit_hold h where (h.run_id, h.task_no, h.map_index) = (t.run_id, t.task_no, t.map_index) and not h.done and not h.rated) h
            where t.state = 'r' and r.state = 'r' and t.lane_id <> 0 and n <> k
            """),
    ];

    public static async Task CheckAsync(World world, string context)
    {
        foreach (var (what, sql) in Wrong)
        {
            var found = await world.ListAsync<string>(sql);
            Assert.True(found.Count == 0, $"{context}{what}: {string.Join("; ", found.Take(10))}");
        }
    }

    private static string Quoted(string[] pairs) => $"{{{string.Join(',', pairs)}}}";
}
