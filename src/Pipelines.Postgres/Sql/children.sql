-- Runs that bodies start; what decides is in Sql/Engine, 74.

-- name: schema
select (v.spec -> 'arguments')::text, key_arguments(v.version_id) from dag d join dag_version v on v.version_id = d.version_id where d.dag_id = $1

-- name: start
select child from start_child($1, $2, $3, $4, $5, $6, $7, $8, $9::text::"char", $10)

-- name: read
select r.run_id, r.state, output_of(r.run_id, $2)::text, case when $2::text is not null and r.state = 's' then no_output(r.run_id, $2) end from dag_run r where r.run_id = last_of($1)

-- name: stop
select stop_child($1, $2, $3)

-- name: key_arguments
-- Of DAGs as they are now, where payloads are encrypted.
select distinct unnest(key_arguments(version_id)) from dag where dag_id = any($1) and version_id is not null
