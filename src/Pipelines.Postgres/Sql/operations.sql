-- What people do. A caller locks the dag row first, so that nothing starts, fires or overlaps meanwhile; every change of
-- state goes with an event that says who and why.

-- name: lock_dag
select d.dag_no, d.version_id, d.paused, d.retired_at is not null, v.spec::text, clock_timestamp()
from dag d join dag_version v on v.version_id = d.version_id where d.dag_id = $1 for no key update of d

-- name: dag_ids
select dag_id from dag where version_id is not null and retired_at is null order by dag_id

-- name: set_paused
-- Pausing what is paused changes nothing, and says nothing.
with changed as (
  update dag set paused = $2, resumed_at = case when $2 then resumed_at else clock_timestamp() end where dag_no = $1 and paused <> $2 returning dag_no)
insert into event(at, dag_no, actor, why) select clock_timestamp(), dag_no, $3, case when $2 then 'paused' else 'resumed' end from changed

-- name: wake_scheduler
select pg_notify('pipelines_scheduler', '')

-- name: start_run
select make_runs($1, $2, 'm', array[$3::timestamptz], array[$4::timestamptz], array[$5::timestamptz], $6, null, 0::smallint, $7, 'started by hand')

-- name: cancel_run
select stop_run($1, 'c', $2, null)

-- name: clear_tasks
select clear_tasks($1, $2, $3, $4, $5)

-- name: run_state
select state from dag_run where run_id = $1

-- name: newest_run
select max(run_id) from dag_run

-- name: overlapping
select backfill_id, from_date, to_date from backfill
where dag_no = $1 and state in ('r', 'p') and from_date <= $3 and to_date >= $2
order by backfill_id limit 1

-- name: create_backfill
with made as (
  insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, total, created_by, created_at)
  values ($1, $2, $3, $4, $5, $6, 'r', $7, $8, clock_timestamp()) returning *),
told as (
  insert into event(at, dag_no, actor, why)
  select created_at, dag_no, created_by, format('backfill %s created: %s to %s, existing runs %s, %s runs', backfill_id, from_date, to_date, existing, total) from made)
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
insert into event(at, dag_no, actor, why) select clock_timestamp(), dag_no, $3, format('backfill %s %s', backfill_id, $4::text) from changed

-- name: cancel_backfill
select cancel_backfill($1, $2, $3)

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
  select clock_timestamp(), $3, format('pool %s has %s slots', name, slots) || coalesce(', it had ' || (select slots from was), '') from kept)
select pg_notify('pipelines_worker', '') from kept
