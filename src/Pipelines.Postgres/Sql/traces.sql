-- Traces, where somebody listens to them.

-- name: load
select run_id, created_at, traceparent from dag_run where run_id = any($1)

-- name: move_mark
-- Whoever moves the mark tells of what lies between: one process, once. At first, and after long, nothing old is told.
with held as materialized (select event_id from trace_mark for update),
old as materialized (select max(event_id) event_id from held),          -- read before it is moved
moved as (
  insert into trace_mark(event_id) select $1::bigint from old
  on conflict (one) do update set event_id = excluded.event_id where trace_mark.event_id < excluded.event_id
  returning event_id)
select greatest(coalesce(old.event_id, $1), $1 - 10000) from moved, old

-- name: ended
-- A run that was run again and has ended twice meanwhile is told once.
select r.run_id, r.created_at, r.traceparent, d.dag_id, r.kind, r.state, r.scheduled_for, r.started_at, r.finished_at, r.failures,
       array(select s.traceparent from signal s where s.run_id = r.run_id and s.traceparent is not null order by s.signal_id limit 100)
from dag_run r join dag d on d.dag_no = r.dag_no
where r.finished_at is not null and r.run_id in (
  select e.run_id from event e where e.event_id > $1 and e.event_id <= $2 and e.run_id is not null and e.task_no is null and e.to_state in ('s', 'f', 'c'))

-- name: set_parent
update dag_run set traceparent = $2 where run_id = $1
