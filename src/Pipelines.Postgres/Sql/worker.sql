-- What workers ask for; the functions are in Sql/Engine.

-- name: register
select register_worker($1, $2, $3, $4, $5)

-- name: heartbeat
select alive, cancelled, held from heartbeat($1, $2, $3, $4, $5)

-- name: advance
select * from advance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: leave
select reclaim($1)

-- name: mine
-- After a broken call: what the worker was given and may not know of.
select * from handed_out($1)

-- name: outputs
-- Of a mapped task as a whole the list of its succeeded instances' outputs, in the order of the elements; one that had no elements has none.
select k.run_id, k.task_no, k.map_index,
       case when k.map_index = -1 and exists (select 1 from task_instance c where c.run_id = k.run_id and c.task_no = k.task_no and c.map_index = 0)
            then (select coalesce(jsonb_agg(c.output order by c.map_index), '[]') from task_instance c
                  where c.run_id = k.run_id and c.task_no = k.task_no and c.map_index >= 0 and c.state = 's')
            else t.output end::text output
from unnest($1::bigint[], $2::int[], $3::int[]) k(run_id, task_no, map_index)
  join task_instance t on t.run_id = k.run_id and t.task_no = k.task_no and t.map_index = k.map_index
    and (t.state = 's' or t.state in ('f', 'c') and t.lane_id = 0)          -- lane 0: of a mapped task that failed or was cancelled, what succeeded

-- name: failures
-- Of each instance the event of its last failure, the earliest first. A mapped task tells nothing that its failed elements don't; callbacks (13 and up) tell nothing of the work.
select t.task_no, t.map_index, e.attempt, coalesce(e.why, 'failed') error
from task_instance t
  cross join lateral (
    select e.event_id, e.attempt, e.why from event e
    where e.run_id = t.run_id and e.task_no = t.task_no and e.map_index = t.map_index and e.to_state = 'f'
    order by e.event_id desc limit 1) e
where t.run_id = $1 and t.state = 'f' and t.trigger_rule < 13 and ($2::int is null or t.task_no = $2)
  and not (t.map_index = -1 and exists (
    select 1 from task_instance c where c.run_id = t.run_id and c.task_no = t.task_no and c.map_index >= 0 and c.state = 'f'))
order by e.event_id limit 100

-- name: updates
-- The updates that a run took, the oldest first and at most the 1,000 newest.
select * from (
  select a.name, u.at, d.dag_id, u.run_id, k.task_id, u.actor, u.why, u.extra::text, u.update_id
  from asset_delivery x
    join asset_update u on u.update_id = x.update_id
    join asset a on a.asset_no = u.asset_no
    left join dag_run r on r.run_id = u.run_id
    left join dag d on d.dag_no = r.dag_no
    left join dag_task k on k.version_id = r.version_id and k.task_no = u.task_no
  where x.run_id = $1 order by u.update_id desc limit 1000) x
order by update_id

-- name: save_artefact
insert into artefact(run_id, task_no, map_index, name, attempt, content_type, content, at)
select run_id, task_no, map_index, $5, attempt, $6, $7, clock_timestamp()
from task_instance where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4 and worker_id = $8 and state = 'r'
on conflict (run_id, task_no, map_index, name) do update
  set attempt = excluded.attempt, content_type = excluded.content_type, content = excluded.content, at = excluded.at

-- name: load_steps
-- What the instance has kept since its first start, or was given for it.
select kind, name, attempt, output::text from task_step where run_id = $1 and task_no = $2 and map_index = $3 and since in ($4, '-infinity') and state = 's'

-- name: save_step
-- What a step came to stays, whoever comes later; a cursor moves. No lock is taken: an attempt that is taken back meanwhile has done what it says. Nothing
-- comes back when the attempt is another worker's by now, or the step is done already.
insert into task_step(run_id, task_no, map_index, kind, name, since, attempt, state, tries, started_at, finished_at, output, error)
select run_id, task_no, map_index, $6, $7, first_started_at, attempt, $8, $9, clock_timestamp() - make_interval(secs => $10), clock_timestamp(), $11, $12
from task_instance where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4 and worker_id = $5 and state = 'r'
on conflict (run_id, task_no, map_index, kind, name) do update
  set since = excluded.since, attempt = excluded.attempt, state = excluded.state, tries = excluded.tries, started_at = excluded.started_at,
      finished_at = excluded.finished_at, output = excluded.output, error = excluded.error
  where task_step.kind = 'c' or task_step.since <> excluded.since or task_step.state <> 's'

-- name: append_log
-- Asked again because its answer was lost it adds nothing. Attempts share the number 32767, the last one: theirs are not told apart.
insert into log_chunk(at, run_id, task_no, map_index, attempt, first_line, lines, warnings, errors, body)
select clock_timestamp(), c.* from unnest($1::bigint[], $2::int[], $3::int[], $4::smallint[], $5::int[], $6::int[], $7::int[], $8::int[], $9::bytea[])
  c(run_id, task_no, map_index, attempt, first_line, lines, warnings, errors, body)
where c.attempt = 32767 or not exists (
  select 1 from log_chunk l
  where l.at > now() - interval '1 day' and l.run_id = c.run_id and l.task_no = c.task_no and l.map_index = c.map_index and l.attempt = c.attempt and l.first_line = c.first_line)
