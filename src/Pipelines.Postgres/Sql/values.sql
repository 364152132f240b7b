-- What bodies tell while they run.

-- name: save
-- The newest wins; a late one of an attempt before changes nothing. No lock but the row's own: an attempt that is taken back meanwhile has told what it told.
insert into task_value(run_id, task_no, map_index, kind, name, since, attempt, at, value)
select run_id, task_no, map_index, $6, $7, first_started_at, attempt, clock_timestamp(), $8
from task_instance where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4 and worker_id = $5 and state = 'r'
on conflict (run_id, task_no, map_index, kind, name) do update
  set since = excluded.since, attempt = excluded.attempt, at = excluded.at, value = excluded.value where task_value.attempt <= excluded.attempt

-- name: heartbeat
-- What the last heartbeat since the first start was given.
select value::text from task_value where run_id = $1 and task_no = $2 and map_index = $3 and kind = 'h' and since = $4

-- name: of_instance
select v.kind, v.name, v.attempt, v.at, v.value::text
from task_value v join task_instance i using (run_id, task_no, map_index)
where v.run_id = $1 and v.task_no = $2 and v.map_index = $3 and v.since = i.first_started_at
order by v.kind = 'p' desc, v.kind = 'v' desc, v.name

-- name: progress
-- Of what runs now, by the index of progress alone.
select k.task_id, v.map_index, v.attempt, v.at, v.value::text
from task_value v
  join task_instance i using (run_id, task_no, map_index)
  join dag_run r on r.run_id = v.run_id
  join dag_task k on k.version_id = r.version_id and k.task_no = v.task_no
where v.run_id = $1 and v.kind = 'p' and i.state = 'r' and v.since = i.first_started_at and v.attempt = i.attempt
order by v.task_no, v.map_index limit $2
