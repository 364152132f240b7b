-- What pages and the CLI read. Reads take no locks, and each goes through an index that a page's size bounds, not the
-- history's. A mapped task's own row (lane 0) waits in 'w' while its instances run: it is shown as running.

-- name: now
select clock_timestamp()

-- name: dags
select d.dag_id, v.spec ->> 'description', v.spec ->> 'cron', coalesce(v.spec ->> 'timeZone', 'UTC'), d.paused, d.retired_at is not null,
       d.next_due, v.n_tasks, m.runs, m.states, m.seconds, (v.spec -> 'schedule')::text, d.by_assets::text
from dag d join dag_version v on v.version_id = d.version_id
  cross join lateral (
    select array_agg(r.run_id order by r.scheduled_for, r.run_id) runs, string_agg(r.state::text, '' order by r.scheduled_for, r.run_id) states,
           array_agg(extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.started_at)::float8 order by r.scheduled_for, r.run_id) seconds
    from (select * from dag_run r where r.dag_no = d.dag_no order by r.scheduled_for desc, r.run_id desc limit 14) r) m
order by d.retired_at is not null, d.dag_id

-- name: dag
select d.dag_no, d.version_id, v.hash, d.source, d.paused, d.retired_at, d.next_due, d.last_tick, v.created_at
from dag d join dag_version v on v.version_id = d.version_id
where d.dag_id = $1

-- name: scheduling
-- What the scheduler decides from (scheduler/due), of one DAG and whether it is due or not.
select d.dag_no, v.spec::text, d.schedule, d.last_tick, d.next_due, clock_timestamp(), v.version_id, coalesce(d.schedule_at, d.created_at),
       d.min_gap is not null and exists (select 1 from dag_run r where r.dag_no = d.dag_no and r.kind = 's' and r.state in ('q', 'r')),
       p.versions, p.specs, p.since, p.until
from dag d join dag_version v on v.version_id = coalesce(d.schedule_version, d.version_id)
  cross join lateral (
    select array_agg(x.version_id order by x.until) versions, array_agg(y.spec::text order by x.until) specs,
           array_agg(x.since order by x.until) since, array_agg(x.until order by x.until) until
    from past_schedule x join dag_version y on y.version_id = x.version_id
    where x.dag_no = d.dag_no and x.until > coalesce(d.last_tick, '-infinity')) p
where d.dag_id = $1

-- name: dag_events
-- Events of the DAG itself have no run.
select e.at, null::text, null::int, null::smallint, null::"char", null::"char", e.actor, e.why, e.detail::text
from event e
where e.run_id is null and e.dag_no = $1
order by e.at desc, e.event_id desc limit $2

-- name: spec
select spec::text from dag_version where version_id = $1

-- name: import_errors
select source, nullif(dag_id, ''), file, what, fix from import_error order by source, dag_id

-- name: version_tasks
select version_id, task_id, mapped, trigger_rule from dag_task where version_id = any($1) order by version_id, task_no

-- name: grid_runs
-- A run and its strip: one state a task of its version, in their order. The index serves run_id and map_index alike.
select r.run_id, $2::text, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures, r.version_id,
       case when r.state <> 'q' then (
         select string_agg(case when i.state = 'w' and i.lane_id = 0 then 'r' else i.state::text end, '' order by i.task_no)
         from task_instance i where i.run_id = r.run_id and i.map_index = -1) end
from (
  select * from (
    select * from dag_run where dag_no = $1 and scheduled_for <= coalesce($3::timestamptz, 'infinity')
    order by scheduled_for desc, run_id desc limit $7) x
  where ($5::text is null or kind = $5::text::"char") and ($6::text is null or state = $6::text::"char")
  order by scheduled_for desc, run_id desc limit $4) r
order by r.scheduled_for desc, r.run_id desc

-- name: runs
select r.run_id, d.dag_id, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures, r.version_id
from dag_run r join dag d on d.dag_no = r.dag_no
where ($1::text is null or r.state = $1::text::"char")
order by r.run_id desc limit $2

-- name: runs_of_dag
select r.run_id, d.dag_id, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures, r.version_id
from dag_run r join dag d on d.dag_no = r.dag_no
where r.dag_no = (select dag_no from dag where dag_id = $3) and ($1::text is null or r.state = $1::text::"char")
order by r.scheduled_for desc, r.run_id desc limit $2

-- name: runs_of_backfill
select r.run_id, d.dag_id, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures, r.version_id
from dag_run r join dag d on d.dag_no = r.dag_no
where r.backfill_id = $3 and ($4::text is null or d.dag_id = $4) and ($1::text is null or r.state = $1::text::"char")
order by r.scheduled_for desc, r.run_id desc limit $2

-- name: run
select r.run_id, d.dag_id, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures, r.version_id, r.arguments::text, r.key, r.taken_from,
       coalesce(v.base_id, v.version_id), r.entity_key, r.in_line and r.state = 'q', r.continues, (select max(n.run_id) from (select run_id from dag_run where continues = r.run_id offset 0) n),
       array(select f.run_id from (select run_id from dag_run where taken_from = r.run_id offset 0) f order by f.run_id desc limit 20), r.priority
from dag_run r join dag d on d.dag_no = r.dag_no join dag_version v on v.version_id = r.version_id
where r.run_id = $1

-- name: notes
select n.task_no, case when n.task_no >= 0 then coalesce(t.task_id, 'a task that is no more') end, n.map_index, n.text, n.written_by, n.at
from dag_run r join note n on n.run_id = r.run_id left join dag_task t on t.version_id = r.version_id and t.task_no = n.task_no
where r.run_id = $1 order by n.task_no, n.map_index

-- name: typical_run
-- The median of the newest runs that succeeded, in seconds; null: there are none.
select percentile_cont(0.5) within group (order by extract(epoch from m.finished_at - m.started_at)::float8)
from (
  select r.started_at, r.finished_at
  from (select * from dag_run where dag_no = (select dag_no from dag where dag_id = $1) order by scheduled_for desc, run_id desc limit 200) r
  where r.state = 's' limit 50) m

-- name: instances
-- A run that waits to be run again still has the instances of the last time: they are to come. Outputs over 4 kB stored
-- are left out unless one task ($2) is asked for. A page begins after a place ($3, $4); of no size ($5) it is all.
select i.task_no, i.map_index, t.task_id,
       case when i.state = 'x' then 'x'::"char" when r.state = 'q' then 'n'::"char" when i.state = 'w' and i.lane_id = 0 then 'r'::"char" else i.state end,
       i.attempt, i.tries, i.lost, i.unmet, i.ok, i.failed, i.skipped, i.worker_id, w.name, i.queued_at, i.started_at, i.finished_at, m.due_at,
       case when $2::text is not null or pg_column_size(i.output) <= 4096 then i.output::text end, i.first_started_at, i.polls
from dag_run r
  join task_instance i on i.run_id = r.run_id
  join dag_task t on t.version_id = r.version_id and t.task_no = i.task_no
  left join worker w on w.worker_id = i.worker_id
  left join timer m on m.run_id = i.run_id and m.task_no = i.task_no and m.map_index = i.map_index
where r.run_id = $1 and i.run_id = $1 and ($2::text is null or t.task_id = $2) and (i.task_no, i.map_index) > ($3, $4)
order by i.task_no, i.map_index limit $5

-- name: past
select p.run_id, p.scheduled_for, p.state, case when p.state <> 'q' then i.state end
from dag_run r
  cross join lateral (
    select * from dag_run b where b.dag_no = r.dag_no and b.scheduled_for < r.scheduled_for and b.kind in ('s', 'b', 'a') and (b.kind = 'a') = (r.kind = 'a')
    order by b.scheduled_for desc limit 1) p
  left join dag_task t on t.version_id = p.version_id and t.task_id = $2
  left join task_instance i on i.run_id = p.run_id and i.task_no = t.task_no and i.map_index = -1
where r.run_id = $1

-- name: wait
-- The runs that it looks at are those of wait_verdict: of its tick, those that overlap its interval, or the one that it has started.
select w.dag_id, w.task_id, w.from_at, w.to_at, w.gives_up_at, d.version_id is not null, x.runs, x.fors, x.states, coalesce(d.paused, false)
from wait w
  left join dag d on d.dag_id = w.dag_id
  cross join lateral (
    select array_agg(r.run_id order by r.scheduled_for) runs, array_agg(r.scheduled_for order by r.scheduled_for) fors,
           string_agg(case when r.state = 'q' or w.task_id is null then r.state::text else coalesce(t.state::text, 'x') end, '' order by r.scheduled_for) states
    from (
      select r.* from dag_run r
      where r.run_id = w.child_run
        or w.child_run is null and r.dag_no = d.dag_no and r.kind in ('s', 'b')
           and (w.to_at is null and r.scheduled_for = w.from_at or r.scheduled_for > w.from_at and r.interval_start < w.to_at)
      order by r.scheduled_for limit 50) r
      left join dag_task k on k.version_id = r.version_id and k.task_id = w.task_id
      left join task_instance t on t.run_id = r.run_id and t.task_no = k.task_no and t.map_index = -1) x
where w.run_id = $1 and w.task_no = $2 and w.map_index = $3

-- name: run_events
-- The newest, oldest first. The day of grace covers a server whose clock was set back.
select * from (
  select e.at, case when e.task_no is not null then coalesce(t.task_id, 'a task that is no more') end, e.map_index, e.attempt, e.from_state, e.to_state, coalesce(e.actor, w.name), e.why, e.detail::text, e.event_id
  from dag_run r
    join event e on e.run_id = r.run_id and e.at >= r.created_at - interval '1 day'
    left join dag_task t on t.version_id = r.version_id and t.task_no = e.task_no
    left join worker w on w.worker_id = e.worker_id
  where r.run_id = $1
  order by e.at desc, e.event_id desc limit $2) x
order by at, event_id

-- name: attempts
-- An attempt starts with the event that leads to 'r' and ends with the one that leads away from it.
select s.attempt, coalesce(z.to_state, 'r'::"char"), s.at, z.at, w.name, z.why, z.detail::text
from (select * from event
      where run_id = $1 and task_no = $2 and map_index = $3 and to_state = 'r' and attempt > 0
        and at >= (select created_at - interval '1 day' from dag_run where run_id = $1)) s
  left join lateral (
    select e.to_state, e.at, e.why, e.detail from event e
    where e.run_id = $1 and e.task_no = $2 and e.map_index = $3 and e.attempt = s.attempt and e.from_state = 'r' and e.at >= s.at
    order by e.at, e.event_id limit 1) z on true
  left join worker w on w.worker_id = s.worker_id
order by s.attempt, s.at

-- name: artefacts
select name, content_type, octet_length(content), attempt, at from artefact
where run_id = $1 and task_no = $2 and map_index = $3 order by name

-- name: artefact
select content_type, content from artefact where run_id = $1 and task_no = $2 and map_index = $3 and name = $4

-- name: backfills
select b.backfill_id, d.dag_id, b.from_date, b.to_date, b.existing, b.newest_first, b.max_active, b.state, b.total,
       c.queued, c.running, c.succeeded, c.failed, c.cancelled, b.created_by, b.created_at, b.finished_at, b.tasks, b.on_version, b.arguments::text
from backfill b join dag d on d.dag_no = b.dag_no
  cross join lateral (
    select (count(*) filter (where r.state = 'q'))::int queued, (count(*) filter (where r.state = 'r'))::int running,
           (count(*) filter (where r.state = 's'))::int succeeded, (count(*) filter (where r.state = 'f'))::int failed,
           (count(*) filter (where r.state = 'c'))::int cancelled
    from dag_run r where r.backfill_id = b.backfill_id) c
where ($1::text is null or d.dag_id = $1) and ($2::bigint is null or b.backfill_id = $2)
order by b.backfill_id desc limit $3

-- name: existing_runs
select r.scheduled_for, r.state from dag d join dag_run r on r.dag_no = d.dag_no
where d.dag_id = $1 and r.scheduled_for >= $2 and r.scheduled_for < $3 and r.kind in ('s', 'b')

-- name: pools
select p.name, p.slots, p.used, (select count(*)::int from lane l join ready_queue q on q.lane_id = l.lane_id where l.pool_id = p.pool_id)
from pool p order by p.name

-- name: limits
select l.name, l.at_once, l.starts, l.per, l.burst,
       (select count(*)::int from limit_bucket b join limit_hold h on h.bucket_id = b.bucket_id and not h.done where b.limit_no = l.limit_no),
       (select count(*)::int from limit_bucket b join limit_wait w on w.bucket_id = b.bucket_id where b.limit_no = l.limit_no)
from task_limit l order by l.name, l.starts is not null

-- name: limit_line
select l.name, l.at_once, l.starts, l.per, l.burst, (select count(*)::int from limit_hold h where h.bucket_id = b.bucket_id and not h.done),
       (select count(*)::int from limit_wait x where x.bucket_id = b.bucket_id), b.key, b.due_at,
       (select count(*)::int from limit_wait x where x.bucket_id = b.bucket_id and (x.rank, x.run_id, x.task_no, x.map_index) < (w.rank, w.run_id, w.task_no, w.map_index)),
       array(select t.task_id || case when h.map_index >= 0 then format('[%s]', h.map_index) else '' end || format(' of run %s', h.run_id)
             from limit_hold h join dag_run r on r.run_id = h.run_id join dag_task t on t.version_id = r.version_id and t.task_no = h.task_no
             where h.bucket_id = b.bucket_id and not h.done order by h.run_id, h.task_no, h.map_index limit 20)
from limit_wait w join limit_bucket b on b.bucket_id = w.bucket_id join task_limit l on l.limit_no = b.limit_no
where w.run_id = $1 and w.task_no = $2 and w.map_index = $3

-- name: turn
-- A flow's turns go to the oldest of it: so an instance has the one of its place among them.
select v.fair_key || '=' || coalesce(r.arguments ->> v.fair_key, v.spec #>> array['arguments', 'properties', v.fair_key, 'default'], ''), m.n::int, f.others::int, b.n::int
from task_instance t
  join dag_run r on r.run_id = t.run_id join dag_version v on v.version_id = r.version_id
  join ready_queue q on q.lane_id = t.lane_id and q.rank = -t.priority and q.run_id = t.run_id and q.task_no = t.task_no and q.map_index = t.map_index and q.lane_id < 0
  cross join lateral (
    select count(*) n, count(*) filter (where (x.run_id, x.task_no, x.map_index) < (q.run_id, q.task_no, q.map_index)) older
    from ready_queue x where x.lane_id = q.lane_id and x.lane_id < 0 and x.rank = q.rank and x.flow = q.flow) m
  cross join lateral (select count(distinct x.flow) - 1 others from ready_queue x where x.lane_id = q.lane_id and x.lane_id < 0 and x.rank = q.rank) f
  cross join lateral (
    select x.turn from ready_queue x where x.lane_id = q.lane_id and x.lane_id < 0 and x.rank = q.rank and x.flow = q.flow order by x.turn offset m.older limit 1) own
  cross join lateral (select count(*) n from ready_queue x where x.lane_id = q.lane_id and x.lane_id < 0 and x.rank = q.rank and x.turn < own.turn) b
where t.run_id = $1 and t.task_no = $2 and t.map_index = $3

-- name: assets
-- Producers are tasks of current versions, as dag.task.
select a.name, array(
         select d.dag_id || '.' || k.task_id from asset_of_task o join dag d on d.version_id = o.version_id and d.retired_at is null
           join dag_task k on k.version_id = o.version_id and k.task_no = o.task_no where o.asset_no = a.asset_no order by 1),
       array(select d.dag_id from asset_watch w join dag d on d.dag_no = w.dag_no and d.retired_at is null where w.asset_no = a.asset_no order by 1),
       u.at, u.run_id, u.actor
from asset a
  left join lateral (select * from asset_update u where u.asset_no = a.asset_no order by u.update_id desc limit 1) u on true
where $1::text is null or a.name = $1 order by a.name

-- name: asset_updates
-- The newest first, each with the runs that it started.
select a.name, u.at, d.dag_id, u.run_id, k.task_id, u.actor, u.why, u.extra::text, u.update_id,
       array(select x.run_id from asset_delivery x where x.update_id = u.update_id and x.dag_no in (select dag_no from asset_watch w where w.asset_no = u.asset_no) and x.run_id is not null order by 1)
from asset a
  join asset_update u on u.asset_no = a.asset_no
  left join dag_run r on r.run_id = u.run_id
  left join dag d on d.dag_no = r.dag_no
  left join dag_task k on k.version_id = r.version_id and k.task_no = u.task_no
where a.name = $1 order by u.update_id desc limit $2

-- name: asset_waits
-- The DAGs that are run by the asset, and what has been updated for their next run.
select d.dag_id, d.paused, d.by_assets::text, waiting_assets(d.dag_no)
from asset a join asset_watch w on w.asset_no = a.asset_no join dag d on d.dag_no = w.dag_no and d.retired_at is null
where a.name = $1 order by d.dag_id

-- name: workers
select worker_id, name, queues, slots, busy, stuck, started_at, lease_until, stopped_at is null and lease_until > clock_timestamp(), draining, stopped_at
from worker
where stopped_at is null or stopped_at > clock_timestamp() - interval '1 day'
order by stopped_at is not null, worker_id desc limit 200
