-- Connections and variables.

-- name: list
select name, case when not secret then value end, about, changed_by, changed_at from setting where kind = $1 order by name

-- name: read
select value, secret from setting where kind = $1 and name = $2

-- name: set
insert into setting(kind, name, value, secret, about, changed_by, changed_at) values ($1, $2, $3, $4, $5, $6, clock_timestamp())
on conflict (kind, name) do update set value = excluded.value, secret = excluded.secret, about = excluded.about, changed_by = excluded.changed_by, changed_at = excluded.changed_at

-- name: delete
delete from setting where kind = $1 and name = $2
