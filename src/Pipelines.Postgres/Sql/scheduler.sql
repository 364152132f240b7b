-- What the scheduler asks for; the functions are in Sql/Engine.

-- name: due
select d.dag_no, v.spec::text, d.schedule, d.last_tick, d.next_due, clock_timestamp()
from dag d join dag_version v on v.version_id = d.version_id
where d.next_due <= (select clock_timestamp()) and not d.paused and d.retired_at is null
order by d.next_due limit $1

-- name: fire_ticks
select cardinality(fire_ticks($1, $2, $3, $4, $5, $6, $7, $8))

-- name: open_backfills
select b.backfill_id, b.dag_no, v.spec::text, b.from_date, b.to_date, b.newest_first, b.max_active, b.cursor_at,
       (select count(*)::int from dag_run r where r.backfill_id = b.backfill_id and r.state in ('q', 'r')), clock_timestamp()
from backfill b join dag d on d.dag_no = b.dag_no join dag_version v on v.version_id = d.version_id
where b.state = 'r' and not b.paced and not d.paused
order by b.backfill_id

-- name: pace_backfill
select pace_backfill($1, $2, $3, $4, $5, $6, $7)

-- name: finish_backfills
select finish_backfills()

-- name: start_runs
select start_runs($1)

-- name: fire_timers
select fire_timers($1)

-- name: expire_runs
select expire_runs($1)

-- name: fire_deadlines
select fire_deadlines($1)

-- name: open_gates
select open_gates($1)

-- name: admit
select admit($1)

-- name: reclaim
select reclaim(null)

-- name: sweep
select sweep()

-- name: make_partitions
select make_partitions()

-- name: next_due
select extract(epoch from least(
    (select min(due_at) from timer),
    (select min(due_at) from deadline),
    (select min(due_at) from limit_bucket where due_at is not null),
    (select min(deadline_at) from dag_run where state = 'r' and deadline_at is not null),
    (select min(next_due) from dag where next_due is not null and not paused and retired_at is null)) - clock_timestamp())::double precision
