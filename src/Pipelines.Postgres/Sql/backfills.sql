-- What the pages of backfills read.

-- name: run_times
-- Of the newest runs that succeeded, in seconds.
select coalesce(percentile_cont(0.25) within group (order by m.seconds), 0), coalesce(percentile_cont(0.5) within group (order by m.seconds), 0),
       coalesce(percentile_cont(0.9) within group (order by m.seconds), 0), count(*)::int
from (
  select extract(epoch from r.finished_at - r.started_at)::float8 seconds
  from (select * from dag_run where dag_no = (select dag_no from dag where dag_id = $1) order by scheduled_for desc, run_id desc limit 200) r
  where r.state = 's' limit 50) m

-- name: overlapping
select b.backfill_id, b.from_date, b.to_date from backfill b join dag d on d.dag_no = b.dag_no
where d.dag_id = $1 and b.state in ('r', 'p') and b.from_date <= $3 and b.to_date >= $2
order by b.backfill_id limit 1

-- name: in_state
-- The newest first; only those that are shown are counted.
select b.backfill_id, b.dag_id, b.from_date, b.to_date, b.existing, b.newest_first, b.max_active, b.state, b.total,
       c.queued, c.running, c.succeeded, c.failed, c.cancelled, b.created_by, b.created_at, b.finished_at, b.tasks, b.on_version, b.arguments::text
from (
  select b.*, d.dag_id from backfill b join dag d on d.dag_no = b.dag_no
  where ($1::text is null or d.dag_id = $1) and ($2::text is null or b.state = $2::text::"char")
  order by b.backfill_id desc limit $3) b
  cross join lateral (
    select (count(*) filter (where r.state = 'q'))::int queued, (count(*) filter (where r.state = 'r'))::int running,
           (count(*) filter (where r.state = 's'))::int succeeded, (count(*) filter (where r.state = 'f'))::int failed,
           (count(*) filter (where r.state = 'c'))::int cancelled
    from dag_run r where r.backfill_id = b.backfill_id) c
order by b.backfill_id desc

-- name: runs
-- Only of the runs that are shown are instances looked at. A run whose open tasks all wait for a retry is shown as that.
select r.run_id, r.scheduled_for, r.interval_start,
       case when r.state = 'r' and i.retries > 0 and i.running = 0 then 'y'::"char" else r.state end,
       r.created_at < r.since, case when r.state = 'q' then 0 else i.ended end, i.tasks, r.started_at, r.finished_at
from (
  select r.*, b.created_at since from backfill b join dag_run r on r.backfill_id = b.backfill_id
  where b.backfill_id = $1 and ($2::text is null or r.state = $2::text::"char")
  order by case r.state when 'r' then 0 when 'f' then 1 when 'q' then 3 else 2 end, r.scheduled_for desc, r.run_id limit $3) r
  cross join lateral (
    select (count(*) filter (where i.state in ('s', 'f', 'k', 'u', 'c', 'x')))::int ended, count(*)::int tasks,
           count(*) filter (where i.state = 'y') retries, count(*) filter (where i.state in ('r', 'q')) running
    from task_instance i where i.run_id = r.run_id and i.map_index = -1) i
order by case r.state when 'r' then 0 when 'f' then 1 when 'q' then 3 else 2 end, r.scheduled_for desc, r.run_id

-- name: dates
select run_id, coalesce(interval_start, scheduled_for), state from dag_run where backfill_id = $1 order by scheduled_for limit $2

-- name: events
-- Events of the DAG itself have no run; those of a backfill begin with its name.
select e.at, null::text, null::int, null::smallint, null::"char", null::"char", e.actor, e.why, e.detail::text
from backfill b join event e on e.run_id is null and e.dag_no = b.dag_no and e.at >= b.created_at - interval '1 day'
where b.backfill_id = $1 and (starts_with(e.why, format('backfill %s ', b.backfill_id)) or starts_with(e.why, format('backfill %s:', b.backfill_id)))
order by e.at desc, e.event_id desc limit $2
