-- Signals, callbacks and approvals; what decides is in Sql/Engine, 56 and 57.

-- name: take
select payload::text, sent_by, sent_at, traceparent from take_signal($1, $2, $3, $4, $5, $6, $7)

-- name: send
select signal_id, is_new from send_signal($1, $2, $3, $4, $5, $6)

-- name: schema
-- What tasks of the run's version wait for under this name.
select k.wait::text from dag_run r join dag_task k on k.version_id = r.version_id where r.run_id = $1 and k.wait ->> 'signal' = $2 limit 1

-- name: spec
-- What the run's DAG looks at in a signal.
select v.spec::text from dag_run r join dag_version v on v.version_id = r.version_id where r.run_id = $1

-- name: open_callback
insert into callback(run_id, task_no, map_index, signal, hash, created_at, expires_at, traceparent)
select run_id, task_no, map_index, $6, $7, clock_timestamp(), clock_timestamp() + make_interval(secs => $8), $9
from task_instance where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4 and worker_id = $5 and state = 'r'
returning callback_id

-- name: call_back
select call_back_in($1, $2, $3, $4, $5)

-- name: form
-- And whether somebody who has approved has filled it in: who comes then and fills in none agrees to that.
select k.task_no, k.wait::text, exists (
  select 1 from approval a join decision d using (run_id, task_no, map_index, asked_at)
  where a.run_id = r.run_id and a.task_no = k.task_no and a.map_index = $3 and d.approves and d.form is not null)
from dag_run r join dag_task k on k.version_id = r.version_id where r.run_id = $1 and k.task_id = $2

-- name: decide
select decide($1, $2, $3, $4, $5::text::"char", $6, $7, $8, $9)

-- name: of_run
select s.signal_id, s.name, s.payload::text, s.sent_by, s.sent_at, k.task_id || case when s.map_index >= 0 then format('[%s]', s.map_index) else '' end, s.taken_at
from signal s join dag_run r on r.run_id = s.run_id left join dag_task k on k.version_id = r.version_id and k.task_no = s.task_no
where s.run_id = $1 order by s.signal_id desc limit $2

-- name: waits
select w.run_id, d.dag_id, k.task_id, w.map_index, w.name, coalesce(t.started_at, t.queued_at, r.created_at), coalesce(w.gives_up_at, (
         select min(m.due_at) from timer m where m.run_id = w.run_id and m.task_no = w.task_no and m.map_index = w.map_index))
from (select * from signal_wait order by run_id limit $1) w
  join dag_run r on r.run_id = w.run_id join dag d on d.dag_no = r.dag_no
  join dag_task k on k.version_id = r.version_id and k.task_no = w.task_no
  join task_instance t on t.run_id = w.run_id and t.task_no = w.task_no and t.map_index = w.map_index
order by 6

-- name: approvals_open
select x.* from (select a from approval a where a.state = 'a' order by a.asked_at limit $1) o cross join lateral approval_row(o.a) x order by x.asked_at

-- name: approvals_decided
select x.* from (select a from approval a where a.state <> 'a' order by a.decided_at desc limit $1) o cross join lateral approval_row(o.a) x order by x.decided_at desc

-- name: approvals_earlier
select x.* from dag d join approval a on a.dag_no = d.dag_no cross join lateral approval_row(a) x
where d.dag_id = $1 and x.task_id = $2 and a.run_id <> $3 and a.state <> 'a' order by a.asked_at desc limit $4

-- name: approval
select x.*, a.evidence::text, (k.wait #> '{approval,form}')::text, array(
         select n.task_id from dag_edge e join dag_task n on n.version_id = e.version_id and n.task_no = e.down_no where e.version_id = r.version_id and e.up_no = a.task_no order by n.task_no)
from dag_run r join dag_task k on k.version_id = r.version_id and k.task_id = $2
  join approval a on a.run_id = r.run_id and a.task_no = k.task_no and a.map_index = $3 cross join lateral approval_row(a) x
where r.run_id = $1

-- name: decisions
select c.made_by, c.approves, c.note, c.form::text, c.at
from dag_run r join dag_task k on k.version_id = r.version_id and k.task_id = $2
  join approval a on a.run_id = r.run_id and a.task_no = k.task_no and a.map_index = $3
  join decision c on c.run_id = a.run_id and c.task_no = a.task_no and c.map_index = a.map_index and c.asked_at = a.asked_at
where r.run_id = $1 order by c.at, c.made_by

-- name: approvals_count
select count(*)::int from approval where state = 'a'
