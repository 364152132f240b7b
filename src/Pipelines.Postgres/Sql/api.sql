-- Pages of the API: keyset, never an offset, so that what is added meanwhile moves nothing. And the stream of events.

-- name: events_of_run
select e.at, case when e.task_no is not null then coalesce(t.task_id, 'a task that is no more') end, e.map_index, e.attempt, e.from_state, e.to_state,
       coalesce(e.actor, w.name), e.why, e.detail::text, e.event_id, d.dag_id, e.run_id
from dag_run r
  join dag d on d.dag_no = r.dag_no
  join event e on e.run_id = r.run_id and e.at >= r.created_at - interval '1 day'
  left join dag_task t on t.version_id = r.version_id and t.task_no = e.task_no
  left join worker w on w.worker_id = e.worker_id
where r.run_id = $1 and (e.at, e.event_id) < (coalesce($2::timestamptz, 'infinity'), coalesce($3::bigint, 9223372036854775807))
order by e.at desc, e.event_id desc limit $4

-- name: events_of_dag
select e.at, null::text, null::int, null::smallint, null::"char", null::"char", e.actor, e.why, e.detail::text, e.event_id, d.dag_id, e.run_id
from dag d join event e on e.run_id is null and e.dag_no = d.dag_no
where d.dag_id = $1 and (e.at, e.event_id) < (coalesce($2::timestamptz, 'infinity'), coalesce($3::bigint, 9223372036854775807))
order by e.at desc, e.event_id desc limit $4

-- name: backfills
select b.backfill_id, d.dag_id, b.from_date, b.to_date, b.existing, b.newest_first, b.max_active, b.state, b.total,
       c.queued, c.running, c.succeeded, c.failed, c.cancelled, b.created_by, b.created_at, b.finished_at, b.tasks, b.on_version, b.arguments::text
from backfill b join dag d on d.dag_no = b.dag_no
  cross join lateral (
    select (count(*) filter (where r.state = 'q'))::int queued, (count(*) filter (where r.state = 'r'))::int running,
           (count(*) filter (where r.state = 's'))::int succeeded, (count(*) filter (where r.state = 'f'))::int failed,
           (count(*) filter (where r.state = 'c'))::int cancelled
    from dag_run r where r.backfill_id = b.backfill_id) c
where ($1::text is null or d.dag_id = $1) and b.backfill_id < coalesce($2::bigint, 9223372036854775807)
order by b.backfill_id desc limit $3

-- name: notifications
-- As notifications/list, a page of them.
select n.notification_id, n.channel, n.what, d.dag_id, n.run_id, t.task_id, n.attempt, n.at, n.state, n.tries, n.most_tries, n.due_at, n.finished_at, l.error
from notification n
  join dag d on d.dag_no = n.dag_no
  join dag_run r on r.run_id = n.run_id
  left join dag_task t on t.version_id = r.version_id and t.task_no = n.task_no
  left join lateral (
    select y.error from notification_try y where y.notification_id = n.notification_id and y.ended_at is not null order by y.try desc limit 1) l on true
where ($1::bigint is null or n.run_id = $1) and (not $2 or n.state = 'f' or n.state = 'w' and l.error is not null)
  and n.notification_id < coalesce($3::bigint, 9223372036854775807)
order by n.notification_id desc limit $4

-- name: event_last
-- Read before api/event_writers: whoever has been given a number by now holds the lock by then, or has ended.
select case when is_called then last_value else 0 end from event_id

-- name: event_writers
-- An insert locks the table before it takes a number, and holds the lock until its transaction has ended.
select virtualtransaction from pg_locks
where relation = 'event'::regclass and database = (select oid from pg_database where datname = current_database()) and mode = 'RowExclusiveLock'

-- name: events_between
select e.at, case when e.task_no is not null then coalesce(t.task_id, 'a task that is no more') end, e.map_index, e.attempt, e.from_state, e.to_state,
       coalesce(e.actor, w.name), e.why, e.detail::text, e.event_id, d.dag_id, e.run_id
from event e
  left join dag_run r on r.run_id = e.run_id
  left join dag d on d.dag_no = coalesce(e.dag_no, r.dag_no)
  left join dag_task t on t.version_id = r.version_id and t.task_no = e.task_no
  left join worker w on w.worker_id = e.worker_id
where e.event_id > $1 and e.event_id <= $2 and ($3::text is null or d.dag_id = $3)
order by e.event_id

-- name: events_of_run_between
select e.at, case when e.task_no is not null then coalesce(t.task_id, 'a task that is no more') end, e.map_index, e.attempt, e.from_state, e.to_state,
       coalesce(e.actor, w.name), e.why, e.detail::text, e.event_id, d.dag_id, e.run_id
from dag_run r
  join dag d on d.dag_no = r.dag_no
  join event e on e.run_id = r.run_id and e.at >= r.created_at - interval '1 day'
  left join dag_task t on t.version_id = r.version_id and t.task_no = e.task_no
  left join worker w on w.worker_id = e.worker_id
where r.run_id = $4 and e.event_id > $1 and e.event_id <= $2 and ($3::text is null or d.dag_id = $3)
order by e.event_id
