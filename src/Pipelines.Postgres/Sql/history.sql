-- One task over the runs of its DAG.

-- name: runs
-- Each run is two look-ups by key; of one that failed, one more for the reason.
select r.run_id, r.scheduled_for, r.kind, r.version_id, r.state,
       case when r.state = 'q' then null when i.state = 'w' and i.lane_id = 0 then 'r'::"char" else i.state end,
       coalesce(i.attempt, 0::smallint), i.queued_at, i.started_at, i.finished_at, e.why, e.detail::text
from (select * from dag_run
      where dag_no = (select dag_no from dag where dag_id = $1) and scheduled_for <= coalesce($3::timestamptz, 'infinity')
      order by scheduled_for desc, run_id desc limit $4) r
  left join dag_task t on t.version_id = r.version_id and t.task_id = $2
  left join task_instance i on i.run_id = r.run_id and i.task_no = t.task_no and i.map_index = -1
  left join lateral (
    select x.why, x.detail from event x
    where i.state = 'f' and x.run_id = r.run_id and x.task_no = t.task_no and x.map_index = -1 and x.to_state = 'f' and x.at >= r.created_at - interval '1 day'
    order by x.at desc limit 1) e on true
order by r.scheduled_for, r.run_id

-- name: states
select t.task_id, case when i.state = 'w' and i.lane_id = 0 then 'r'::"char" else i.state end
from dag_run r
  join dag_task t on t.version_id = r.version_id
  join task_instance i on i.run_id = r.run_id and i.task_no = t.task_no and i.map_index = -1
where r.run_id = $1 and r.state <> 'q'
