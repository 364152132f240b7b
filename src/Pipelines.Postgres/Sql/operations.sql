-- What people do. A caller locks the dag row first, so that nothing starts, fires or overlaps meanwhile; every change of
-- state goes with an event that says who and why.

-- name: lock_dag
-- By itself: who waits here for a version that is being loaded finds the row changed, and a join in this statement would look for that version in the snapshot from before, in vain.
select dag_no from dag where dag_id = $1 for no key update

-- name: locked_dag
select d.dag_no, d.version_id, d.paused, d.retired_at is not null, v.spec::text, clock_timestamp()
from dag d join dag_version v on v.version_id = d.version_id where d.dag_id = $1

-- name: dag_ids
select dag_id from dag where version_id is not null and retired_at is null order by dag_id

-- name: set_paused
-- Pausing what is paused changes nothing, and says nothing.
with changed as (
  update dag set paused = $2, resumed_at = case when $2 then resumed_at else clock_timestamp() end where dag_no = $1 and paused <> $2 returning dag_no)
insert into event(at, dag_no, actor, why) select clock_timestamp(), dag_no, $3, concat_ws(': ', case when $2 then 'paused' else 'resumed' end, $4::text) from changed

-- name: wake_scheduler
select pg_notify('pipelines_scheduler', '')

-- name: start_run
select make_runs($1::int, $2::int, 'm', array[$3::timestamptz], array[$4::timestamptz], array[$5::timestamptz], $6, null, $9::smallint, $7, $8)

-- name: run_of_key
select run_id from dag_run where dag_no = $1 and key = $2

-- name: set_key
update dag_run set key = $2 where run_id = $1 and key is null

-- name: run_to_repeat
select d.dag_id, r.version_id, r.state, r.arguments::text, coalesce(v.base_id, r.version_id)
from dag_run r join dag d on d.dag_no = r.dag_no join dag_version v on v.version_id = r.version_id where r.run_id = $1

-- name: failed_runs
-- By the index of what failed. With $3 without those that another run was made of already: else each call would make one more of each. A request that is sent again, named $4, finds
-- those that it has made one of itself, and gets its answer.
select run_id, version_id, state, scheduled_for from dag_run r
where dag_no = $1 and state = 'f' and finished_at >= coalesce($2::timestamptz, '-infinity')
  and (not $3 or not exists (select 1 from dag_run f where f.taken_from = r.run_id) or exists (select 1 from request q where q.name = $4::text || ' ' || r.run_id || ' 0'))
order by run_id

-- name: fork_run
select fork_run($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: presets
select task_no from preset where run_id = $1 and map_index = -1

-- name: steps_to_keep
-- And refuses a step to begin at that was never done.
select task_no, map_index, kind, name from check_from_step($1, (select array_agg(t) from unnest($2::int[]) t), $4), steps_to_keep($1, $2, $3, $4)

-- name: steps_to_fork
select task_no, map_index, kind, name from check_from_step($1, array[$2::int], $3), steps_to_fork($1, $2, $3)

-- name: set_note
-- Of a run: task_no -1. No text takes it away. The event tells who wrote what.
with was as (select text from note where run_id = $1 and task_no = $2 and map_index = $3),
gone as (delete from note where run_id = $1 and task_no = $2 and map_index = $3 and $4::text is null),
kept as (
  insert into note select $1, $2, $3, $4, $5, clock_timestamp() where $4::text is not null
  on conflict (run_id, task_no, map_index) do update set text = excluded.text, written_by = excluded.written_by, at = excluded.at)
insert into event(at, dag_no, run_id, actor, why)
select clock_timestamp(), dag_no, run_id, $5, coalesce('note' || $6 || ': ' || $4, 'note' || $6 || ' removed')
from dag_run where run_id = $1 and $4 is distinct from (select text from was)

-- name: delete_run
-- Its events stay; that of the deletion belongs to the DAG. Not while a run is open that goes on from it, or that it has started: who waits for that one, cancels it, or stands behind it is found through this one.
with gone as (
  delete from dag_run
  where run_id = $1 and state in ('s', 'f', 'c') and not exists (select 1 from dag_run o where o.run_id = last_of($1) and o.state in ('q', 'r')) and not is_open_below($1) returning *),
i as (delete from task_instance where run_id = (select run_id from gone)),
a as (delete from artefact where run_id = (select run_id from gone)),
l as (delete from log_chunk where run_id = (select run_id from gone)),
n as (delete from note where run_id = (select run_id from gone)),
p as (delete from preset where run_id = (select run_id from gone)),
s as (delete from task_step where run_id = (select run_id from gone)),
v as (delete from task_value where run_id = (select run_id from gone)),
g as (delete from signal where run_id = (select run_id from gone)),
c as (delete from callback where run_id = (select run_id from gone)),
q as (delete from approval where run_id = (select run_id from gone)),
d as (delete from decision where run_id = (select run_id from gone)),
o as (delete from notification where run_id = (select run_id from gone)),
u as (delete from upgrade_refusal where run_id = (select run_id from gone)),
told as (
  insert into event(at, dag_no, actor, why, detail)
  select clock_timestamp(), dag_no, $2, concat_ws(': ', format('run %s deleted', run_id), $3::text),
         jsonb_build_object('run', run_id, 'scheduledFor', scheduled_for, 'state', state, 'note', (select text from note where run_id = gone.run_id and task_no = -1))
  from gone)
select run_id from gone

-- name: cancel_run
select stop_run($1, 'c', $2, case when $3::text is not null then 'cancelled: ' || $3 end)

-- name: runs_to_clear
select r.run_id, r.version_id, r.state, r.scheduled_for
from dag_run o
  join dag_run r on r.dag_no = o.dag_no and (r.run_id = o.run_id or $2 and r.scheduled_for < o.scheduled_for or $3 and r.scheduled_for > o.scheduled_for)
where o.run_id = $1 order by r.run_id <> o.run_id, r.scheduled_for, r.run_id

-- name: lock_run
select was from lock_run($1, 'clear')

-- name: instance_states
select task_no, map_index, state from task_instance where run_id = $1 and state <> 'x'

-- name: version_spec
select spec::text from dag_version where version_id = $1

-- name: clear_tasks
select clear_tasks($1, $2, $3, $4, $5, $6, $7)

-- name: rerun
select rerun_run($1, null, null, $2, coalesce('cleared: ' || $3::text, 'cleared'),
  case when $4 then (select d.version_id from dag_run r join dag d on d.dag_no = r.dag_no where r.run_id = $1) end)

-- name: mark_tasks
select mark_tasks($1, $2, $3, $4::text::"char", $5, $6)

-- name: mark_run
select mark_run($1, $2::text::"char", $3, $4)

-- name: undo_run
select undo_run($1, $2, $3)

-- name: run_state
select state from dag_run where run_id = $1

-- name: newest_run
select max(run_id) from dag_run

-- name: overlapping
select backfill_id, from_date, to_date from backfill
where dag_no = $1 and state in ('r', 'p') and from_date <= $3 and to_date >= $2 and backfill_id is distinct from $4
order by backfill_id limit 1

-- name: create_backfill
with made as (
  insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, total, created_by, created_at, tasks, on_version, arguments)
  values ($1, $2, $3, $4, $5, $6, 'r', $7, $8, clock_timestamp(), $9, $10, $11) returning *),
told as (
  insert into event(at, dag_no, actor, why)
  select created_at, dag_no, created_by, concat_ws(': ', format('backfill %s created', backfill_id),
    format('%s to %s, existing runs %s, %s runs', from_date, to_date, existing, total) || coalesce(', only ' || array_to_string(tasks, ' '), ''), $12::text) from made)
select backfill_id from made

-- name: lock_backfill
-- The dag row first, like everywhere.
with locked as (
  select d.dag_no from dag d where d.dag_no = (select b.dag_no from backfill b where b.backfill_id = $1) for no key update)
select b.state from backfill b, locked where b.backfill_id = $1 for no key update of b

-- name: newest_backfills
select backfill_id from backfill order by backfill_id desc limit 10

-- name: set_backfill_state
with changed as (update backfill set state = $2::text::"char" where backfill_id = $1 returning backfill_id, dag_no)
insert into event(at, dag_no, actor, why) select clock_timestamp(), dag_no, $3, format('backfill %s %s', backfill_id, concat_ws(': ', $4::text, $5::text)) from changed

-- name: set_backfill_speed
with was as (select max_active from backfill where backfill_id = $1),
changed as (update backfill set max_active = $2 where backfill_id = $1 and max_active <> $2 returning backfill_id, dag_no)
insert into event(at, dag_no, actor, why)
select clock_timestamp(), dag_no, $3, concat_ws(': ', format('backfill %s has %s runs at once, it had %s', backfill_id, $2, (select max_active from was)), $4::text) from changed

-- name: backfill_range
select b.dag_no, d.dag_id, b.from_date, b.to_date, clock_timestamp() from backfill b join dag d on d.dag_no = b.dag_no where b.backfill_id = $1

-- name: retry_backfill
select retry_backfill($1, $2, $3, $4, $5)

-- name: tell_of_dag
insert into event(at, dag_no, actor, why) values (clock_timestamp(), $1, $2, $3)

-- name: cancel_backfill
select cancel_backfill($1, $2, $3, $4)

-- name: update_asset
select update_asset($1, $2, $3, $4)

-- name: asset_names
select name from asset order by name

-- name: set_pool
-- A pool may be made before the first DAG that uses it. Workers are woken, for there may be room now.
with was as (select slots from pool where name = $1),
kept as (
  insert into pool(name, slots) values ($1, $2) on conflict (name) do update set slots = excluded.slots returning name, slots),
told as (
  insert into event(at, actor, why)
  select clock_timestamp(), $3, format('pool %s has %s slots', name, slots) || coalesce(', it had ' || (select slots from was), '') || coalesce(': ' || $4::text, '') from kept)
select pg_notify('pipelines_worker', '') from kept
