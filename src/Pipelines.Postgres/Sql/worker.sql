-- What workers ask for; the functions are in Sql/Engine.

-- name: register
select register_worker($1, $2, $3, $4)

-- name: heartbeat
select alive, cancelled from heartbeat($1, $2, $3, $4, $5)

-- name: advance
select * from advance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: leave
select reclaim($1)

-- name: mine
-- After a broken call: what the worker was given and may not know of.
select t.run_id, t.task_no, t.map_index, t.attempt, t.tries, t.first_started_at, t.started_at,
       r.version_id, r.epoch, r.scheduled_for, r.interval_start, r.interval_end, r.arguments,
       t.trigger_rule = 12 shielded, r.cancelling and t.trigger_rule <> 12 stopping
from dag_run r join task_instance t on t.run_id = r.run_id
where r.state = 'r' and t.state = 'r' and t.worker_id = $1

-- name: outputs
-- Of a mapped task the list of its succeeded instances' outputs, in the order of the elements.
select k.run_id, k.task_no,
       case when exists (select 1 from task_instance c where c.run_id = k.run_id and c.task_no = k.task_no and c.map_index = 0)
            then (select jsonb_agg(c.output order by c.map_index) from task_instance c
                  where c.run_id = k.run_id and c.task_no = k.task_no and c.map_index >= 0 and c.state = 's')
            else t.output end::text output
from unnest($1::bigint[], $2::int[]) k(run_id, task_no)
  join task_instance t on t.run_id = k.run_id and t.task_no = k.task_no and t.map_index = -1 and t.state = 's'

-- name: save_artefact
insert into artefact(run_id, task_no, map_index, name, attempt, content_type, content, at)
select run_id, task_no, map_index, $5, attempt, $6, $7, clock_timestamp()
from task_instance where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4 and worker_id = $8 and state = 'r'
on conflict (run_id, task_no, map_index, name) do update
  set attempt = excluded.attempt, content_type = excluded.content_type, content = excluded.content, at = excluded.at

-- name: append_log
insert into log_chunk(at, run_id, task_no, map_index, attempt, first_line, lines, warnings, errors, body)
select clock_timestamp(), c.* from unnest($1::bigint[], $2::int[], $3::int[], $4::smallint[], $5::int[], $6::int[], $7::int[], $8::int[], $9::bytea[])
  c(run_id, task_no, map_index, attempt, first_line, lines, warnings, errors, body)
