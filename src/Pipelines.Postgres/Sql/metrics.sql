-- What a monitoring system asks for: the sizes of now, never of the history.

-- name: runs
-- Each state by its own partial index.
select d.dag_id, x.state, x.n
from (
  select r.dag_no, 'q'::"char" state, count(*) n from dag_run r where r.state = 'q' group by r.dag_no
  union all
  select r.dag_no, 'r'::"char", count(*) from dag_run r where r.state = 'r' group by r.dag_no) x
  join dag d on d.dag_no = x.dag_no
order by d.dag_id, x.state

-- name: queues
-- The first in line of each lane, not the oldest: what stands behind a lower priority waits by intent.
select l.queue, sum(c.n)::bigint, coalesce(max(extract(epoch from clock_timestamp() - t.queued_at)), 0)::float8
from lane l
  cross join lateral (select count(*) n from ready_queue q where q.lane_id = l.lane_id) c
  left join lateral (select * from ready_queue q where q.lane_id = l.lane_id order by q.rank, q.run_id, q.task_no, q.map_index limit 1) f on true
  left join task_instance t on t.run_id = f.run_id and t.task_no = f.task_no and t.map_index = f.map_index
where not starts_with(l.queue, '~') group by l.queue order by l.queue

-- name: rest
select (select last_value from event_id),
       coalesce((select greatest(extract(epoch from clock_timestamp() - min(d.next_due)), 0) from dag d where d.next_due is not null and not d.paused and d.retired_at is null), 0)::float8,
       (select count(*)::int from import_error), (select count(*)::int from backfill b where b.state in ('r', 'p')),
       coalesce((select max(extract(epoch from clock_timestamp() - a.xact_start)) from pg_stat_activity a where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_backend_pid()), 0)::float8

-- name: dead_tuples
select relname::text, n_dead_tup from pg_stat_user_tables
where schemaname = current_schema() and relname in ('dag_run', 'task_instance', 'ready_queue', 'timer', 'worker', 'pool', 'limit_bucket') order by relname

-- name: events
-- Between two numbers, by the index event_number.
select case when e.to_state = 'q' then 'lost' else e.to_state::text end, count(*)
from event e
where e.event_id > $1 and e.event_id <= $2 and e.task_no is not null and (e.to_state in ('s', 'f', 'k', 'u', 'c', 'y', 'r') or e.to_state = 'q' and e.from_state = 'r' and e.why like 'lost%')
group by 1
