-- What the scheduler asks for; the functions are in Sql/Engine.

-- name: due
-- The version whose schedule is in force decides, and those before it for the time that is not decided. Whether a run is open is asked of continuous DAGs only.
select d.dag_no, v.spec::text, d.schedule, d.last_tick, d.next_due, clock_timestamp(), v.version_id, coalesce(d.schedule_at, d.created_at),
       d.min_gap is not null and exists (select 1 from dag_run r where r.dag_no = d.dag_no and r.kind = 's' and r.state in ('q', 'r')),
       p.versions, p.specs, p.since, p.until
from dag d join dag_version v on v.version_id = coalesce(d.schedule_version, d.version_id)
  cross join lateral (
    select array_agg(x.version_id order by x.until) versions, array_agg(y.spec::text order by x.until) specs,
           array_agg(x.since order by x.until) since, array_agg(x.until order by x.until) until
    from past_schedule x join dag_version y on y.version_id = x.version_id
    where x.dag_no = d.dag_no and x.until > coalesce(d.last_tick, '-infinity')) p
where d.next_due <= (select clock_timestamp()) and not d.paused and d.retired_at is null
order by d.next_due limit $1

-- name: follow_runs
select follow_runs()

-- name: auto_pause
select auto_pause()

-- name: tell
insert into event(at, dag_no, actor, why) values (clock_timestamp(), $1, 'scheduler', $2)

-- name: fire_ticks
select fire_ticks($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: open_backfills
select b.backfill_id, b.dag_no, v.spec::text, b.from_date, b.to_date, b.newest_first, b.max_active, b.cursor_at,
       (select count(*)::int from dag_run r where r.backfill_id = b.backfill_id and r.state in ('q', 'r')), clock_timestamp(), d.version_id
from backfill b join dag d on d.dag_no = b.dag_no join dag_version v on v.version_id = d.version_id
where b.state = 'r' and not b.paced and not d.paused
order by b.backfill_id

-- name: pace_backfill
select pace_backfill($1, $2, $3, $4, $5, $6, $7)

-- name: finish_backfills
select finish_backfills()

-- name: start_asset_runs
select start_asset_runs()

-- name: start_runs
select start_runs($1)

-- name: fire_timers
select fire_timers($1)

-- name: expire_runs
select expire_runs($1)

-- name: expire_queued
select expire_queued($1)

-- name: fire_deadlines
select fire_deadlines($1)

-- name: open_gates
select open_gates($1)

-- name: ready_waits
-- Tasks without a body that can run, with what the plan of their wait needs: of one that starts a run the output that is its arguments, and the other DAG; of one that asks people
-- the output that they are shown.
select q.run_id, q.task_no, q.map_index, t.queued_at, r.scheduled_for, r.interval_start, r.interval_end, k.wait::text,
       o.dag_id, o.retired_at is not null, (v.spec -> 'arguments')::text, (
         select (case when right(x.source, 2) = '[]' then u.output -> q.map_index
                      when a.mapped then (select jsonb_agg(c.output order by c.map_index) from task_instance c
                                          where c.run_id = u.run_id and c.task_no = u.task_no and c.map_index >= 0 and c.state = 's')
                      else u.output end)::text
         from (select coalesce(k.wait ->> 'arguments', k.wait #>> '{approval,evidence}') source) x
           join dag_edge e on e.version_id = r.version_id and e.down_no = q.task_no
           join dag_task a on a.version_id = e.version_id and a.task_no = e.up_no and a.task_id = rtrim(x.source, '[]')
           join task_instance u on u.run_id = q.run_id and u.task_no = a.task_no and u.map_index = case when e.kind = 'i' then q.map_index else -1 end
         limit 1),
       case when v.version_id is not null then key_arguments(v.version_id) end
from lane l
  cross join lateral (select * from ready_queue q where q.lane_id = l.lane_id order by q.rank, q.run_id, q.task_no, q.map_index limit $1) q
  join dag_run r on r.run_id = q.run_id
  join task_instance t on t.run_id = q.run_id and t.task_no = q.task_no and t.map_index = q.map_index
  join dag_task k on k.version_id = r.version_id and k.task_no = q.task_no
  left join dag o on k.wait ->> 'kind' = 'Run' and o.dag_id = k.wait ->> 'dag' and o.version_id is not null
  left join dag_version v on v.version_id = o.version_id
where l.queue = '~wait'

-- name: begin_waits
select begin_waits($1)

-- name: open_waits
select open_waits($1, $2)

-- name: stop_children
select stop_children($1)

-- name: admit
select admit($1)

-- name: reclaim
select reclaim(null)

-- name: sweep
select repaired, more from sweep($1)

-- name: make_partitions
select make_partitions()

-- name: next_due
select extract(epoch from least(
    (select min(due_at) from timer),
    (select min(due_at) from deadline),
    (select min(due_at) from limit_bucket where due_at is not null),
    (select min(deadline_at) from dag_run where state = 'r' and deadline_at is not null),
    (select min(next_due) from dag where next_due is not null and not paused and retired_at is null)) - clock_timestamp())::double precision
