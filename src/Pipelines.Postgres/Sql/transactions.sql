-- Transactions of bodies: an author's SQL and the row that says that it was done are there together or not at all. They are sent on connections of the author's.

-- name: place
-- Which database this is, whatever name leads to it; whether it has the table of what was done; where its tables are looked for.
select (select system_identifier from pg_control_system())::text || '/' || d.oid, to_regclass('pipelines_completion') is not null, current_setting('search_path')
from pg_database d where d.datname = current_database()

-- name: mark
-- Forgotten when the transaction ends: a body that commits by itself is found out by it.
select set_config('pipelines.step', $1, true)

-- name: constraints
-- What is checked at the end is checked before anything of ours is locked.
set constraints all immediate

-- name: path
select set_config('search_path', $1, true)

-- name: keep
select keep_step($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: complete
select complete_step($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: make_table
create table if not exists pipelines_completion(
  idempotency_key text not null, step text not null, since timestamptz not null, output jsonb, at timestamptz not null default clock_timestamp(),
  primary key(idempotency_key, step, since))

-- name: find
select output::text from pipelines_completion where idempotency_key = $1 and step = $2 and since = $3

-- name: record
insert into pipelines_completion(idempotency_key, step, since, output) select $1, $2, $3, $4 where current_setting('pipelines.step', true) = $5

-- name: commit
commit
