#!/usr/bin/env bash
# Writes NNN/runs.sql: the rows of a database of that release in which runs are under way (begin.sql). Needs a PostgreSQL server to make a database in, by PGHOST and PGUSER.
#   ./dump.sh 005
set -eu
cd "$(dirname "$0")"
migrations=../../../src/Pipelines.Postgres/Migrations
db="golden_$1"
dropdb --if-exists "$db"
createdb "$db"
psql -qX -v ON_ERROR_STOP=1 -d "$db" -c 'create schema pipelines' -c "alter database $db set search_path = pipelines" > /dev/null
for file in "$migrations"/*.sql; do
    [ "$(basename "$file" | cut -c1-3)" -gt "$1" ] || psql -qX -v ON_ERROR_STOP=1 -d "$db" -1 -f "$file" > /dev/null
done
for file in "$1"/[0-9]*.sql; do
    psql -qX -v ON_ERROR_STOP=1 -d "$db" -1 -f "$file" > /dev/null
done
psql -qX -v ON_ERROR_STOP=1 -v "version=$((10#$1))" -d "$db" -f begin.sql > /dev/null
# Unqualified, and without what one server of PostgreSQL sets and another does not know.
pg_dump --data-only --column-inserts --load-via-partition-root -d "$db" | sed -e '/^--/d' -e '/^SET /d' -e '/^SELECT pg_catalog.set_config/d' -e '/^\\/d' -e '/^$/d' -e 's/pipelines\.//g' > "$1/runs.sql"
dropdb "$db"
