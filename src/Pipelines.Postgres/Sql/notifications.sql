-- The outbox: what is taken, how it ended, and what people see of it. The functions are in Sql/Engine.

-- name: claim
-- With all that its text tells. A run's reason is that of its stop, if it was stopped; its failures are those of worker/failures.
select c.notification_id, c.try, n.channel, n.what, d.dag_id, n.run_id, t.task_id, n.attempt, n.at, r.scheduled_for, e.actor, e.why, f.failures::text, trace_of(r)
from claim_notifications($1, $2, $3) c
  join notification n on n.notification_id = c.notification_id
  join dag d on d.dag_no = n.dag_no
  join dag_run r on r.run_id = n.run_id
  left join dag_task t on t.version_id = r.version_id and t.task_no = n.task_no
  left join lateral (
    select e.actor, e.why from event e
    where n.what <> 'd' and e.run_id = n.run_id and e.at <= n.at + interval '1 minute'
      and case when n.task_no is null
               then e.task_no is null and n.what in ('f', 'c') and e.to_state in ('r', n.what) and e.why is not null and e.why !~ '(callbacks run|instances cleared|began with)$'
               else e.task_no = n.task_no and e.map_index = -1 and e.attempt = n.attempt and e.to_state = case when n.what = 'y' and e.from_state = 'r' then e.to_state else n.what end end
    order by e.event_id desc limit 1) e on true
  left join lateral (
    select jsonb_agg(jsonb_build_object('taskId', x.task_id, 'mapIndex', nullif(x.map_index, -1), 'attempt', x.attempt, 'error', x.error)) failures
    from (
      select k.task_id, i.map_index, v.attempt, coalesce(v.why, 'failed') error
      from task_instance i
        join dag_task k on k.version_id = r.version_id and k.task_no = i.task_no
        cross join lateral (
          select v.event_id, v.attempt, v.why from event v
          where v.run_id = i.run_id and v.task_no = i.task_no and v.map_index = i.map_index and v.to_state = 'f' order by v.event_id desc limit 1) v
      where n.task_no is null and n.what = 'f' and i.run_id = n.run_id and i.state = 'f' and i.trigger_rule < 13
        and not (i.map_index = -1 and exists (
          select 1 from task_instance y where y.run_id = i.run_id and y.task_no = i.task_no and y.map_index >= 0 and y.state = 'f'))
      order by v.event_id limit 20) x) f on true
order by c.notification_id

-- name: record
select record_notification($1, $2, $3)

-- name: retry
select retry_notification($1, $2, $3)

-- name: list
-- Failed means that the last try failed, given up or not.
select n.notification_id, n.channel, n.what, d.dag_id, n.run_id, t.task_id, n.attempt, n.at, n.state, n.tries, n.most_tries, n.due_at, n.finished_at, l.error
from notification n
  join dag d on d.dag_no = n.dag_no
  join dag_run r on r.run_id = n.run_id
  left join dag_task t on t.version_id = r.version_id and t.task_no = n.task_no
  left join lateral (
    select y.error from notification_try y where y.notification_id = n.notification_id and y.ended_at is not null order by y.try desc limit 1) l on true
where ($1::bigint is null or n.notification_id = $1) and ($2::bigint is null or n.run_id = $2)
  and (not $3 or n.state = 'f' or n.state = 'w' and l.error is not null)
order by n.notification_id desc limit $4

-- name: tries
select try, at, sender, ended_at, error from notification_try where notification_id = $1 order by try
