-- What the migrator keeps for itself.

-- name: lock
-- Held by the session: any number of processes may start at once, one of them migrates.
select pg_advisory_lock(hashtext('pipelines.migrate'))

-- name: unlock
select pg_advisory_unlock(hashtext('pipelines.migrate'))

-- name: has_table
select to_regclass('schema_migration') is not null

-- name: make_table
create table if not exists schema_migration(
  version int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now());

-- name: applied
select version, checksum, applied_at from schema_migration

-- name: record
insert into schema_migration(version, name, checksum) values ($1, $2, $3)
on conflict (version) do update set name = excluded.name, checksum = excluded.checksum, applied_at = now()

-- name: make_schema
-- Our tables live in a schema of their own, named by the connection's search_path.
do $$ begin execute format('create schema if not exists %I', trim(both '" ' from split_part(current_setting('search_path'), ',', 1))); end $$;

-- name: functions
-- The engine's functions are one unit: an old signature beside a new one would be ambiguous.
select p.oid::regprocedure::text from pg_proc p
where p.pronamespace = (select oid from pg_namespace where nspname = current_schema()) and p.prokind = 'f' and p.proname = any($1)
