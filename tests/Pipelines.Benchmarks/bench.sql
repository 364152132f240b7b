-- name: make_runs
select cardinality(make_runs(d.dag_no, d.version_id, 'm', array_fill(clock_timestamp(), array[$2]), array_fill(null::timestamptz, array[$2]),
  array_fill(null::timestamptz, array[$2]), $3::jsonb, null, 0::smallint, 'benchmark', null)), pg_notify('pipelines_scheduler', '')
from dag d where d.dag_id = $1

-- name: make_run
select (make_runs(d.dag_no, d.version_id, 'm', array[clock_timestamp()], array[null::timestamptz], array[null::timestamptz], $2::jsonb, null,
  0::smallint, 'benchmark', null))[1], pg_notify('pipelines_scheduler', '')
from dag d where d.dag_id = $1

-- name: run_state
select state::text from dag_run where run_id = $1

-- name: first_start
select extract(epoch from min(t.first_started_at) - min(r.created_at))::double precision
from dag_run r join task_instance t on t.run_id = r.run_id where r.run_id = $1

-- name: took
select extract(epoch from finished_at - created_at)::double precision from dag_run where run_id = $1

-- name: open
select count(*) from dag_run where state in ('q', 'r')

-- name: failed
select count(*) from dag_run where state <> 's' and run_id > $1

-- name: last_run
select coalesce(max(run_id), 0) from dag_run

-- name: seconds
select extract(epoch from max(finished_at) - min(created_at))::double precision from dag_run where run_id > $1

-- name: latencies
-- Stopwatch ticks are nanoseconds on the systems this runs on.
select greatest(0, (t.output ->> 'start')::bigint - u.ended) / 1e6
from dag_run r
  join task_instance t on t.run_id = r.run_id and t.state = 's' and t.output ? 'start'
  join lateral (
    select max((p.output ->> 'end')::bigint) ended
    from dag_edge e join task_instance p on p.run_id = r.run_id and p.task_no = e.up_no and p.output ? 'end'
    where e.version_id = r.version_id and e.down_no = t.task_no) u on u.ended is not null
where r.run_id > $1

-- name: queue_times
select extract(epoch from t.started_at - t.queued_at)::double precision * 1e3
from task_instance t where t.run_id > $1 and t.started_at is not null and t.queued_at is not null

-- name: commits
select xact_commit from pg_stat_database where datname = current_database()

-- name: bytes
select sum(pg_total_relation_size(c.oid))::bigint from pg_class c
where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'

-- name: commit_table
create table if not exists commit_row(id int primary key, v int not null) with (fillfactor = 50);
insert into commit_row select i, 0 from generate_series(1, 10000) i on conflict do nothing;

-- name: history
-- A million finished instances with their runs and events, as ended diamonds.
with d as (select dag_no, version_id from dag where dag_id = 'bench_diamond'),
r as (
  insert into dag_run(dag_no, version_id, kind, state, scheduled_for, created_by, created_at, started_at, finished_at)
  select d.dag_no, d.version_id, 'm', 's', now() - make_interval(secs => i), 'history', now(), now(), now() from d, generate_series(1, $1) i returning run_id),
t as (
  insert into task_instance(run_id, task_no, state, trigger_rule, lane_id, priority, attempt, tries, unmet, queued_at, started_at, finished_at, output)
  select run_id, n, 's', 0, 1, 0, 1, 1, 0, now(), now(), now(), '{"start":0,"end":0}' from r, generate_series(0, 5) n returning run_id, task_no)
insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state)
select now(), run_id, task_no, -1, 1, s.f, s.t from t, (values ('n'::"char", 'q'::"char"), ('q', 'r'), ('r', 's')) s(f, t)

-- name: profile
with reset as materialized (select f.* from pg_stat_user_functions f where f.calls > 0)
select string_agg(format('    %s: %s calls, %s ms self', funcname, calls, round(self_time)), E'\n' order by self_time desc)
  || coalesce(nullif(pg_stat_reset()::text, ''), '') from reset

-- name: pause
update dag set paused = $2 where dag_id = $1

-- name: attempt_started
select exists (select from task_instance where run_id = $1 and attempt = $2 and state in ('r', 's'))

-- name: attempt_after
select extract(epoch from started_at - $3)::double precision from task_instance where run_id = $1 and attempt = $2

-- name: steps_ended
select count(*) >= $2 from task_instance where run_id > $1 and state = 's'

-- name: steps_started_after
select exists (select from dag d join dag_run r using (dag_no) join task_instance t using (run_id) where d.dag_id = 'bench_steps' and r.run_id > $1 and t.started_at > $2)

-- name: next_step
-- Of an instance that was started more than once, the first time counts: no more than one attempt of it is after the outage.
select extract(epoch from min(t.started_at) - $2)::double precision
from dag d join dag_run r using (dag_no) join task_instance t using (run_id)
where d.dag_id = 'bench_steps' and r.run_id > $1 and t.started_at > $2

-- name: latest_tick
select extract(epoch from max(t.first_started_at - r.scheduled_for))::double precision
from dag d join dag_run r using (dag_no) join task_instance t using (run_id)
where d.dag_id = 'bench_second' and r.scheduled_for > $1 and r.scheduled_for <= $2

-- name: ticks
select count(*) from dag d join dag_run r using (dag_no) where d.dag_id = 'bench_second' and r.scheduled_for > $1 and r.scheduled_for <= $2

-- name: ticks_due
select floor(extract(epoch from $2::timestamptz))::bigint - floor(extract(epoch from $1::timestamptz))::bigint

-- name: sensors_polled
select count(*) from task_instance where polls > 0

-- name: polls
select coalesce(sum(polls), 0)::bigint from task_instance

-- name: events
select count(*) from event

-- name: backend
select pg_backend_pid()

-- name: stop_all
select count(stop_run(run_id, 'c', 'benchmark', null)) from (select run_id from dag_run where state in ('q', 'r') order by run_id) r

-- name: latest_delay
select extract(epoch from max(t.finished_at) - min(t.queued_at))::double precision - 30 from task_instance t where t.run_id = $1 and t.map_index >= 0

-- name: many_dags
-- 10,000 DAGs of one task each, on a schedule of every tenth second; none is due.
do $$
declare v dag_version; d int; n int;
begin
  select x.* into v from dag_version x join dag g on g.version_id = x.version_id where g.dag_id = 'bench_single';
  for i in 1..10000 loop
    insert into dag(dag_id, source, schedule, schedule_at, last_tick, next_due)
    values ('bench_tick_' || i, 'benchmark', 'tens', clock_timestamp(), clock_timestamp(), clock_timestamp() + interval '1 day') returning dag_no into d;
    insert into dag_version(dag_no, hash, bundle_hash, spec, n_tasks, max_active_runs, pools)
    values (d, 'h' || i, v.bundle_hash, v.spec || jsonb_build_object('id', 'bench_tick_' || i, 'cron', '*/10 * * * * *', 'catchup', 'All'), v.n_tasks, v.max_active_runs, v.pools)
    returning version_id into n;
    insert into dag_task select (json_populate_record(t, json_build_object('version_id', n))).* from dag_task t where t.version_id = v.version_id;
    update dag set version_id = n, schedule_version = n where dag_no = d;
  end loop;
end $$

-- name: due_soon
-- The first of them are due at the next tenth second that is two seconds away.
update dag set last_tick = x.last, next_due = x.last + interval '10 seconds'
from (select to_timestamp(floor((extract(epoch from clock_timestamp()) + 2) / 10) * 10) last) x
where dag_id in (select 'bench_tick_' || i from generate_series(1, $1) i)

-- name: ended_since
select count(*) from dag_run where run_id > $1 and kind = 's' and state = 's'

-- name: quiet
update dag set next_due = clock_timestamp() + interval '1 day' where dag_id like 'bench\_tick\_%' and next_due < clock_timestamp() + interval '1 hour'

-- name: tick_to_start
select extract(epoch from t.first_started_at - r.scheduled_for)::double precision * 1e3
from dag_run r join task_instance t on t.run_id = r.run_id and t.task_no = 0 where r.run_id > $1 and r.kind = 's'

-- name: hourly
update dag_version set spec = spec || '{"cron":"0 * * * *"}' where version_id = (select version_id from dag where dag_id = 'bench_tick_1')

-- name: first_of_backfill
select extract(epoch from min(r.started_at) - min(b.created_at))::double precision from backfill b join dag_run r on r.backfill_id = b.backfill_id

-- name: end_backfills
select cancel_backfill(backfill_id, true, 'benchmark') from backfill where state = 'r'

-- name: most_starts
select coalesce(max(n), 0) from (
  select count(*) over (order by at range between current row and make_interval(secs => $2) following) n
  from event where run_id = $1 and task_no = 1 and map_index >= 0 and to_state = 'r') x

-- name: rated_starts
select count(*) from event where run_id = $1 and task_no = 1 and map_index >= 0 and to_state = 'r'

-- name: succeeded_since
select count(*) from dag_run where run_id > $1 and state = 's'

-- name: closed_after
select max(extract(epoch from r.finished_at - (select max(t.finished_at) from task_instance t where t.run_id = r.run_id)))::double precision from dag_run r where r.run_id > $1

-- name: task_of_run
select t.task_id from dag_run r join dag_task t on t.version_id = r.version_id where r.run_id = $1 limit 1

-- name: fail_run
-- As if its task had failed in its first attempt.
with i as (
  update task_instance set state = 'f', attempt = 1, tries = 1, started_at = clock_timestamp() - interval '1 min', finished_at = clock_timestamp()
  where run_id = $1 returning task_no),
q as (delete from ready_queue where run_id = $1),
r as (update dag_run set state = 'f', started_at = clock_timestamp() - interval '1 min', finished_at = clock_timestamp(), failures = 1, remaining = 0 where run_id = $1)
insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, why)
select clock_timestamp() + make_interval(secs => v.s), $1, i.task_no, -1, 1, v.f, v.t, v.why
from i cross join (values (-60, 'q'::"char", 'r'::"char", null), (0, 'r', 'f', 'deadlock detected')) v(s, f, t, why)

-- name: console_history
-- A million instances that ended in the last 30 days, one run in a hundred failed; and a year of a DAG of 50 tasks, one run in fifteen failed.
with d as (select dag_id, dag_no, version_id from dag where dag_id in ('bench_diamond', 'bench_grid50')),
x as (
  select d.*, i % 100 = 7 bad, now() - make_interval(secs => 15.5 * i) as at from d, generate_series(1, $1) i where dag_id = 'bench_diamond'
  union all
  select d.*, i % 15 = 7, now() - make_interval(days => i) from d, generate_series(1, 365) i where dag_id = 'bench_grid50'
  order by at),
r as (
  insert into dag_run(dag_no, version_id, kind, state, scheduled_for, created_by, created_at, started_at, finished_at, failures)
  select dag_no, version_id, 'm', case when bad then 'f' else 's' end::"char", at, 'history', at, at + interval '1 s', at + interval '12 min', bad::int from x order by at
  returning run_id, version_id, started_at, failures),
t as (
  insert into task_instance(run_id, task_no, state, trigger_rule, lane_id, priority, attempt, tries, unmet, queued_at, first_started_at, started_at, finished_at, output)
  select r.run_id, t.task_no, s.state, 0, 1, 0, (s.state <> 'u')::int, (s.state <> 'u')::int, 0, b.at, nullif(b.at, case when s.state = 'u' then b.at end), nullif(b.at, case when s.state = 'u' then b.at end),
    b.at + interval '9 s', '{"start":0,"end":0}'
  from r join dag_task t using (version_id)
    cross join lateral (select case when r.failures = 0 or t.task_no < t_last.no then 's' when t.task_no = t_last.no then 'f' else 'u' end::"char" state
      from (select max(task_no) * 4 / 5 no from dag_task l where l.version_id = r.version_id) t_last) s
    cross join lateral (select r.started_at + make_interval(secs => 10 * t.task_no) as at) b
  returning run_id, task_no, state, queued_at, started_at, finished_at)
insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, why)
select e.at, run_id, task_no, -1, 1, e.f, e.t, case when e.t = 'f' then 'deadlock detected' end
from t, lateral (values (queued_at, 'n'::"char", 'q'::"char"), (started_at, 'q', 'r'), (finished_at, 'r', state)) e(at, f, t)
where state <> 'u'

-- name: console_logs
-- The last lines of what failed in the DAG of 50 tasks.
insert into log_chunk(at, run_id, task_no, map_index, attempt, first_line, lines, warnings, errors, body)
select max(i.finished_at), i.run_id, i.task_no, -1, 1, 1, 40, 0, 1, convert_to(string_agg(format(E'%s\t%s\t%s\n', 1700000000000000 + n * 1000, case n when 40 then 'E' else 'I' end,
  case n when 40 then 'deadlock detected' else 'merged partition ' || n end), '' order by n), 'UTF8')
from dag_run r join task_instance i using (run_id), generate_series(1, 40) n
where r.dag_no = (select dag_no from dag where dag_id = 'bench_grid50') and i.state = 'f' group by i.run_id, i.task_no

-- name: failed_run
select max(run_id) from dag_run where dag_no = (select dag_no from dag where dag_id = $1) and state = 'f'

-- name: failed_task
select t.task_id from task_instance i join dag_run r using (run_id) join dag_task t on t.version_id = r.version_id and t.task_no = i.task_no where i.run_id = $1 and i.state = 'f'

-- name: cell_times
-- When each task of these runs ended, in milliseconds since 1970, by run and task.
select extract(epoch from max(e.at))::double precision * 1e3 from event e join dag_run r using (run_id)
where e.run_id > $1 and e.task_no is not null and e.to_state = 's' group by e.run_id, e.task_no order by e.run_id, e.task_no

-- name: waiting_runs
-- Open runs of a DAG whose first task waits.
select count(*) from dag d join dag_run r on r.dag_no = d.dag_no and r.state = 'r' join task_instance t on t.run_id = r.run_id and t.task_no = 0 and t.map_index = -1 and t.state = 'w'
where d.dag_id = $1

-- name: moved_runs
-- Open runs that are on the DAG's current version, whatever their tasks' numbers.
select count(*) from dag d join dag_run r on r.dag_no = d.dag_no and r.state = 'r' join dag_version v on v.version_id = r.version_id
where d.dag_id = $1 and coalesce(v.base_id, v.version_id) = d.version_id

-- name: sleepers
-- Runs whose only task sleeps: for an hour and more, each a little longer.
with made as (
  insert into dag_run(dag_no, version_id, kind, state, scheduled_for, created_by, created_at, started_at, remaining)
  select d.dag_no, d.version_id, 'm', 'r', clock_timestamp(), 'benchmark', clock_timestamp(), clock_timestamp(), 1 from dag d cross join generate_series(1, $1) i where d.dag_id = 'bench_sleep'
  returning run_id, version_id),
asleep as (
  insert into task_instance(run_id, task_no, map_index, state, trigger_rule, lane_id, priority, attempt, unmet, queued_at, first_started_at, started_at)
  select m.run_id, k.task_no, -1, 'w', k.trigger_rule, k.lane_id, 0, 1, 0, clock_timestamp(), clock_timestamp(), clock_timestamp() from made m join dag_task k on k.version_id = m.version_id)
insert into timer select clock_timestamp() + interval '1 h' + make_interval(secs => row_number() over () * 0.1), run_id, 0, -1 from made

-- name: wake_some
-- Lets some of them be due, one after the other from in 2 seconds on.
with few as (select run_id, row_number() over (order by run_id) n from (select run_id from timer order by due_at limit $1) x),
moved as (
  update timer t set due_at = clock_timestamp() + interval '2 s' + make_interval(secs => s.n * $2) from few s where t.run_id = s.run_id returning t.run_id, t.due_at)
insert into woken select run_id, due_at from moved

-- name: wake_lags
select greatest(0, extract(epoch from t.started_at - w.due_at)) * 1e3 from woken w join task_instance t on t.run_id = w.run_id where t.state = 's'

-- name: woken
select count(*) from woken w join task_instance t on t.run_id = w.run_id where t.state = 's'

-- name: listening
select count(*) from signal_wait where run_id = $1

-- name: signal_lags
with s as (select row_number() over (order by signal_id) n, sent_at from signal where run_id = $1),
e as (select row_number() over (order by event_id) n, at from event where run_id = $1 and task_no = 0 and to_state = 'r')
select extract(epoch from e.at - s.sent_at) * 1e3 from s join e on e.n = s.n + 1

-- name: step_times
select x::double precision from dag_run r join dag d using (dag_no) join task_instance t using (run_id) cross join jsonb_array_elements_text(t.output) x
where d.dag_id = 'bench_step' and t.state = 's' and r.run_id > $1
