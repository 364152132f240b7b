-- name: instance
-- One instance of a task, as console/instances has them, with its whole output.
select i.task_no, i.map_index, t.task_id,
       case when i.state = 'x' then 'x'::"char" when r.state = 'q' then 'n'::"char" when i.state = 'w' and i.lane_id = 0 then 'r'::"char" else i.state end,
       i.attempt, i.tries, i.lost, i.unmet, i.ok, i.failed, i.skipped, i.worker_id, w.name, i.queued_at, i.started_at, i.finished_at, m.due_at,
       i.output::text, i.first_started_at, i.polls
from dag_run r
  join dag_task t on t.version_id = r.version_id and t.task_id = $2
  join task_instance i on i.run_id = r.run_id and i.task_no = t.task_no and i.map_index = $3
  left join worker w on w.worker_id = i.worker_id
  left join timer m on m.run_id = i.run_id and m.task_no = i.task_no and m.map_index = i.map_index
where r.run_id = $1

-- name: element_states
select case when i.state = 'x' then 'x'::"char" when r.state = 'q' then 'n'::"char" when i.state = 'w' and i.lane_id = 0 then 'r'::"char" else i.state end s, count(*)::int
from dag_run r join task_instance i on i.run_id = r.run_id and i.task_no = $2 and i.map_index >= 0
where r.run_id = $1
group by s

-- name: elements
select * from (
  select i.task_no, i.map_index, t.task_id,
         case when i.state = 'x' then 'x'::"char" when r.state = 'q' then 'n'::"char" when i.state = 'w' and i.lane_id = 0 then 'r'::"char" else i.state end s,
         i.attempt, i.tries, i.lost, i.unmet, i.ok, i.failed, i.skipped, i.worker_id, w.name, i.queued_at, i.started_at, i.finished_at, null::timestamptz due_at,
         null::text output, i.first_started_at, i.polls
  from dag_run r
    join dag_task t on t.version_id = r.version_id and t.task_no = $2
    join task_instance i on i.run_id = r.run_id and i.task_no = $2 and i.map_index >= $4
    left join worker w on w.worker_id = i.worker_id
  where r.run_id = $1) x
where $3::text is null or s::text = $3
order by map_index limit $5

-- name: last_good
select i.run_id, i.task_no, i.attempt, p.scheduled_for
from dag_run r
  cross join lateral (
    select b.run_id, b.version_id, b.scheduled_for from dag_run b
    where b.dag_no = r.dag_no and (b.scheduled_for, b.run_id) < (r.scheduled_for, r.run_id) order by b.scheduled_for desc, b.run_id desc limit 100) p
  join dag_task t on t.version_id = p.version_id and t.task_id = $2
  join task_instance i on i.run_id = p.run_id and i.task_no = t.task_no and i.map_index = $3 and i.state = 's' and i.attempt > 0
where r.run_id = $1
order by p.scheduled_for desc, p.run_id desc limit 1

-- name: steps
select s.kind, s.name, s.attempt, s.tries, s.started_at, s.finished_at, case when pg_column_size(s.output) <= 4096 then s.output::text end, s.error
from task_step s join task_instance i using (run_id, task_no, map_index)
where s.run_id = $1 and s.task_no = $2 and s.map_index = $3 and s.since in (i.first_started_at, '-infinity')
order by s.started_at, s.name limit $4
