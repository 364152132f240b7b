-- Lists of runs, a page at a time. Each looks through a bounded part of the history, wherever it begins.

-- name: all
select r.run_id, d.dag_id, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures
from (
  select * from (select * from dag_run where run_id < coalesce($5::bigint, 9223372036854775807) order by run_id desc limit $7) x
  where ($1::text is null or state = $1::text::"char") and ($2::text is null or kind = $2::text::"char")
    and scheduled_for >= coalesce($3::timestamptz, '-infinity') and scheduled_for < coalesce($4::timestamptz, 'infinity')
  order by run_id desc limit $6) r
  join dag d on d.dag_no = r.dag_no
order by r.run_id desc

-- name: open
-- What has not ended is few, and has indexes of its own.
select r.run_id, d.dag_id, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures
from (
  select * from (
    select * from dag_run where state = 'r' and $1::text = 'r'
    union all select * from dag_run where state = 'q' and $1::text = 'q') x
  where run_id < coalesce($5::bigint, 9223372036854775807) and ($2::text is null or kind = $2::text::"char")
    and scheduled_for >= coalesce($3::timestamptz, '-infinity') and scheduled_for < coalesce($4::timestamptz, 'infinity')
  order by run_id desc limit $6) r
  join dag d on d.dag_no = r.dag_no
order by r.run_id desc

-- name: of_dag
select r.run_id, $8::text, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures
from (
  select * from (
    select * from dag_run
    where dag_no = (select dag_no from dag where dag_id = $8)
      and scheduled_for >= coalesce($3::timestamptz, '-infinity') and scheduled_for < coalesce($4::timestamptz, 'infinity')
      and (scheduled_for, run_id) < (coalesce($5::timestamptz, 'infinity'), coalesce($6::bigint, 9223372036854775807))
    order by scheduled_for desc, run_id desc limit $9) x
  where ($1::text is null or state = $1::text::"char") and ($2::text is null or kind = $2::text::"char") and ($10::bigint is null or backfill_id = $10)
  order by scheduled_for desc, run_id desc limit $7) r
order by r.scheduled_for desc, r.run_id desc

-- name: of_backfill
select r.run_id, d.dag_id, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures
from dag_run r join dag d on d.dag_no = r.dag_no
where r.backfill_id = $8 and ($1::text is null or r.state = $1::text::"char") and ($2::text is null or r.kind = $2::text::"char")
  and r.scheduled_for >= coalesce($3::timestamptz, '-infinity') and r.scheduled_for < coalesce($4::timestamptz, 'infinity')
  and (r.scheduled_for, r.run_id) < (coalesce($5::timestamptz, 'infinity'), coalesce($6::bigint, 9223372036854775807))
order by r.scheduled_for desc, r.run_id desc limit $7

-- name: all_end
-- Where looking through ended, if there is more.
select scheduled_for, run_id from dag_run where run_id < coalesce($1::bigint, 9223372036854775807) order by run_id desc offset $2 - 1 limit 1

-- name: of_dag_end
select scheduled_for, run_id from dag_run
where dag_no = (select dag_no from dag where dag_id = $1)
  and scheduled_for >= coalesce($2::timestamptz, '-infinity') and scheduled_for < coalesce($3::timestamptz, 'infinity')
  and (scheduled_for, run_id) < (coalesce($4::timestamptz, 'infinity'), coalesce($5::bigint, 9223372036854775807))
order by scheduled_for desc, run_id desc offset $6 - 1 limit 1

-- name: dag_events
select e.at, null::text, null::int, null::smallint, null::"char", null::"char", e.actor, e.why, e.detail::text
from event e
where e.run_id is null and e.dag_no = (select dag_no from dag where dag_id = $1) and e.at < coalesce($2::timestamptz, 'infinity')
order by e.at desc, e.event_id desc limit $3

-- name: calendar
-- A run stands for the day on which its data begins; its own time is not much later.
select x.day, count(*)::int, (count(*) filter (where x.state = 's'))::int, (count(*) filter (where x.state = 'f'))::int, (count(*) filter (where x.state in ('q', 'r')))::int,
       (avg(extract(epoch from x.finished_at - x.started_at)) filter (where x.state = 's'))::float8, avg(extract(epoch from x.started_at - x.created_at))::float8, max(x.run_id)
from (
  select (coalesce(r.interval_start, r.scheduled_for) at time zone $2)::date as day, r.*
  from dag_run r
  where r.dag_no = (select dag_no from dag where dag_id = $1) and r.scheduled_for >= $3::date - 2 and r.scheduled_for < $4::date + 40) x
where x.day >= $3::date and x.day <= $4::date
group by x.day order by x.day

-- name: lengths
select x.run_id, x.scheduled_for, x.state, extract(epoch from x.finished_at - x.started_at)::float8, x.version_id
from (select * from dag_run where dag_no = (select dag_no from dag where dag_id = $1) order by scheduled_for desc, run_id desc limit $2) x
order by x.scheduled_for, x.run_id

-- name: find_tasks
select d.dag_id, t.task_id from dag d join dag_task t on t.version_id = d.version_id
where d.retired_at is null and strpos(lower(t.task_id), lower($1)) > 0 order by strpos(lower(t.task_id), lower($1)), d.dag_id, t.task_no limit $2
