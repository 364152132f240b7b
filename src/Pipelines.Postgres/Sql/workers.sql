-- What people do with workers.

-- name: set_draining
-- By name or number. Draining what drains changes nothing, and says nothing.
with found as (
  select worker_id, name, draining from worker where stopped_at is null and lease_until > clock_timestamp() and (name = $1 or worker_id::text = $1) for no key update),
changed as (update worker w set draining = $2 from found f where w.worker_id = f.worker_id and f.draining <> $2 returning w.worker_id, w.name),
told as (
  insert into event(at, worker_id, actor, why)
  select clock_timestamp(), worker_id, $3, concat_ws(': ', format('worker %s %s', name, case when $2 then 'drained' else 'resumed' end), $4::text) from changed)
select count(*)::int from found

-- name: living
select name from worker where stopped_at is null and lease_until > clock_timestamp() order by name, worker_id
