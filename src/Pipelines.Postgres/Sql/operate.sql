-- What the pages of operation read: who runs, what waits and why. The history is never walked: what runs and
-- waits is found from the runs that go on and from the tables that hold nothing else.

-- name: pool_use
select p.name, d.dag_id, sum(x.running)::int, sum(x.waiting)::int
from (
  select l.pool_id, r.dag_no, l.weight::int running, 0 waiting
  from dag_run r
    cross join lateral (select t.lane_id from task_instance t where t.run_id = r.run_id and t.state = 'r' offset 0) t
    join lane l on l.lane_id = t.lane_id and l.pool_id is not null
  where r.state = 'r'
  union all
  select l.pool_id, r.dag_no, 0, 1 from lane l join ready_queue q on q.lane_id = l.lane_id join dag_run r on r.run_id = q.run_id where l.pool_id is not null) x
  join pool p on p.pool_id = x.pool_id join dag d on d.dag_no = x.dag_no
group by p.name, d.dag_id order by p.name, 3 desc, 4 desc, d.dag_id

-- name: limit_keys
select l.name, b.key, x.active::int, x.waiting::int,
       greatest(0, limit_room(b.bucket_id, l.at_once, l.starts, l.per, l.burst, b.tat, clock_timestamp()))::int, b.due_at
from (
  select bucket_id, sum(active) active, sum(waiting) waiting
  from (
    select bucket_id, count(*) active, 0 waiting from limit_hold where not done group by bucket_id
    union all
    select bucket_id, 0, count(*) from limit_wait group by bucket_id) y
  group by bucket_id) x
  join limit_bucket b on b.bucket_id = x.bucket_id join task_limit l on l.limit_no = b.limit_no
order by x.waiting desc, x.active desc, l.name, b.key limit $1

-- name: queue
select x.run_id, x.task_no, x.map_index, d.dag_id, k.task_id, l.queue, p.name, coalesce(p.slots, 0), coalesce(p.used, 0), l.weight::int, t.queued_at, m.name, b.key,
       case when x.flow is not null then v.fair_key || '=' || coalesce(r.arguments ->> v.fair_key, v.spec #>> array['arguments', 'properties', v.fair_key, 'default'], '') end, f.n::int, f.others::int
from (
  select q.lane_id, q.run_id, q.task_no, q.map_index, null::bigint bucket_id, null::smallint rank, null::bigint flow
  from lane l cross join lateral (select * from ready_queue q where q.lane_id = l.lane_id order by q.rank, q.run_id, q.task_no, q.map_index limit $1) q
  where l.lane_id > 0
  union all
  select q.lane_id, q.run_id, q.task_no, q.map_index, null, q.rank, q.flow
  from lane l cross join lateral (select * from ready_queue q where q.lane_id = l.lane_id and q.lane_id < 0 order by q.rank, q.turn limit $1) q
  where l.lane_id < 0
  union all
  (select lane_id, run_id, task_no, map_index, bucket_id, null, null from limit_wait order by rank, run_id, task_no, map_index limit $1)) x
  join lane o on o.lane_id = x.lane_id
  join lane l on l.lane_id = coalesce(o.goes_to, o.lane_id)
  left join pool p on p.pool_id = l.pool_id
  join dag_run r on r.run_id = x.run_id
  join dag d on d.dag_no = r.dag_no
  join dag_version v on v.version_id = r.version_id
  join dag_task k on k.version_id = r.version_id and k.task_no = x.task_no
  join task_instance t on t.run_id = x.run_id and t.task_no = x.task_no and t.map_index = x.map_index
  left join (
    select lane_id, rank, flow, n, count(*) over (partition by lane_id, rank) - 1 others
    from (select lane_id, rank, flow, count(*) n from ready_queue where lane_id < 0 group by lane_id, rank, flow) g) f
    on f.lane_id = x.lane_id and f.rank = x.rank and f.flow = x.flow
  left join limit_bucket b on b.bucket_id = x.bucket_id
  left join task_limit m on m.limit_no = b.limit_no
order by t.queued_at nulls first, x.run_id, x.task_no, x.map_index limit $1

-- name: waiting
select x.run_id, x.task_no, x.map_index, d.dag_id, k.task_id, x.kind, x.due_at, x.awaited
from (
  (select m.run_id, m.task_no, m.map_index, case when t.state = 'y' then 'y' else 't' end::"char" kind, m.due_at, null::text awaited
   from (select * from timer order by due_at limit $1) m join task_instance t on t.run_id = m.run_id and t.task_no = m.task_no and t.map_index = m.map_index
   where t.state in ('y', 'w') and not exists (select 1 from wait w where w.run_id = m.run_id and w.task_no = m.task_no and w.map_index = m.map_index)
     and not exists (select 1 from signal_wait w where w.run_id = m.run_id and w.task_no = m.task_no and w.map_index = m.map_index))
  union all
  (select w.run_id, w.task_no, w.map_index, 's', coalesce(w.gives_up_at, (select min(m.due_at) from timer m where m.run_id = w.run_id and m.task_no = w.task_no and m.map_index = w.map_index)), w.name
   from (select * from signal_wait order by run_id, task_no, map_index limit $1) w)
  union all
  (select run_id, task_no, map_index, 'a', expires_at, question from approval where state = 'a' order by asked_at limit $1)
  union all
  (select run_id, task_no, map_index, 'd', gives_up_at, coalesce('run ' || child_run || ' of ', '') || dag_id || coalesce(', task ' || task_id, '') from wait order by run_id, task_no, map_index limit $1)
  union all
  (select run_id, task_no, -1, 'g', null, null from gate order by run_id, task_no limit $1)) x
  join dag_run r on r.run_id = x.run_id
  join dag d on d.dag_no = r.dag_no
  join dag_task k on k.version_id = r.version_id and k.task_no = x.task_no
order by x.due_at nulls last, x.run_id, x.task_no, x.map_index limit $1

-- name: queued_runs
select d.dag_id, d.paused, nullif(q.backfill_id, 0), coalesce(b.state = 'p', false), q.n, q.oldest, coalesce(b.max_active, v.max_active_runs),
       (select count(*)::int from dag_run a where a.dag_no = q.dag_no and coalesce(a.backfill_id, 0) = q.backfill_id and a.state = 'r')
from (
  select dag_no, coalesce(backfill_id, 0) backfill_id, count(*)::int n, min(created_at) oldest from dag_run where state = 'q' group by 1, 2 order by 4 limit $1) q
  join dag d on d.dag_no = q.dag_no join dag_version v on v.version_id = d.version_id
  left join backfill b on b.backfill_id = q.backfill_id
order by q.oldest

-- name: queue_length
select (select count(*)::int from ready_queue), (select count(*)::int from limit_wait)

-- name: import_errors
-- What serves meanwhile: the DAG's current version; of a file that could not be loaded at all those that came from its folder.
select e.source, nullif(e.dag_id, ''), e.file, e.what, e.fix, e.at, a.dags, a.hashes, a.since
from import_error e
  cross join lateral (
    select array_agg(d.dag_id order by d.dag_id) dags, array_agg(v.hash order by d.dag_id) hashes, array_agg(v.created_at order by d.dag_id) since
    from dag d join dag_version v on v.version_id = d.version_id
    where d.retired_at is null and d.source = e.source and (e.dag_id = '' or d.dag_id = e.dag_id)) a
order by e.at desc, e.source, e.dag_id limit $1

-- name: running
select t.worker_id, r.run_id, t.task_no, t.map_index, d.dag_id, k.task_id, t.attempt, t.started_at
from dag_run r
  cross join lateral (select * from task_instance t where t.run_id = r.run_id and t.state = 'r' and t.worker_id is not null offset 0) t
  join dag d on d.dag_no = r.dag_no
  join dag_task k on k.version_id = r.version_id and k.task_no = t.task_no
where r.state = 'r'
order by t.started_at, r.run_id, t.task_no, t.map_index limit $1

-- name: connections
select coalesce(nullif(application_name, ''), 'other'), count(*)::int, (count(*) filter (where state = 'active'))::int
from pg_stat_activity where datname = current_database() and backend_type = 'client backend' group by 1 order by 2 desc, 1

-- name: tables
-- The largest, partitions with their table; rows as the server estimates them.
select coalesce(p.relname, c.relname)::text, sum(pg_total_relation_size(c.oid))::bigint, sum(greatest(0, c.reltuples))::bigint
from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
where c.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and c.relkind = 'r'
group by 1 order by 2 desc limit 12

-- name: health
select current_setting('server_version'), pg_postmaster_start_time(), pg_database_size(current_database()), current_setting('max_connections')::int,
       (select count(*)::int from pg_stat_activity where datname = current_database() and query ~* '^\s*listen '),
       (select extract(epoch from clock_timestamp() - min(next_due))::float8 from dag where next_due < clock_timestamp() and not paused and retired_at is null),
       (select extract(epoch from clock_timestamp() - min(due_at))::float8 from (
          (select due_at from timer where due_at < clock_timestamp() order by due_at limit 1) union all
          (select due_at from deadline where due_at < clock_timestamp() order by due_at limit 1)) x),
       (select created_at from dag_run order by run_id desc limit 1),
       m.version, m.applied_at
from schema_migration m order by m.version desc limit 1
