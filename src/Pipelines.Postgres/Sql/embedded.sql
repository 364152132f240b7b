-- What the embedded server is asked, before there is a schema.

-- name: identify
-- The server reads its own pid file: only the server of this very directory can show the same lines.
select current_setting('server_version'), pg_read_file('postmaster.pid')

-- name: create_database
-- A database's name cannot be a parameter: the server itself quotes it. No row when there is one of that name.
select format('create database %I', $1::text) where not exists (select from pg_database where datname = $1::text)
