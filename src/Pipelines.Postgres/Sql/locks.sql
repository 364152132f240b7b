-- Locks and rates of bodies.

-- name: take
select o_token, o_before, o_held_by from take_lock($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: renew
select renew_lock($1, $2, $3)

-- name: release
select release_lock($1, $2)

-- name: leave
delete from task_lock_wait where asked = $1

-- name: rate
select o_at is not null, o_wait from take_rate($1, $2, $3, $4, $5, $6)

-- name: held
select l.name, l.token, d.dag_id, l.run_id, k.task_id, l.map_index, l.attempt, w.name, l.since, l.until,
       (select count(*) from task_lock_wait x where x.name = l.name and x.until > clock_timestamp())::int waiting
from task_lock l
  join dag_run r on r.run_id = l.run_id
  join dag d on d.dag_no = r.dag_no
  join dag_task k on k.version_id = r.version_id and k.task_no = l.task_no
  join worker w on w.worker_id = l.worker_id
where l.until > clock_timestamp() and attempt_runs(l.worker_id, l.run_id, l.task_no, l.map_index, l.attempt)
order by waiting desc, l.name limit $1
