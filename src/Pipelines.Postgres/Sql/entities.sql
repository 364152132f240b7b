-- Runs of one key, and runs that continue others.

-- name: open
-- What stands in the way of a run with these arguments, and what its DAG says then.
select o.run_id, v.on_conflict, entity_refusal(o.run_id, k.key)
from dag_version v cross join lateral (select entity_of(v.version_id, $3::jsonb) key) k cross join lateral (select open_entity($1, k.key) run_id) o
where v.version_id = $2 and o.run_id is not null

-- name: lock_open
select run_id from dag_run where run_id = $1 and state in ('q', 'r') for no key update

-- name: continue
select continue_run($1, $2, $3, $4, $5, $6)
