-- The home page, the list of DAGs and the side bar: with 1,000 DAGs and a long history each is bounded by what it shows.

-- name: lines
select d.dag_id, d.version_id, v.n_tasks, d.paused, d.retired_at is not null, d.next_due, r.run_id, r.state,
       extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.started_at)::float8, r.scheduled_for
from dag d join dag_version v on v.version_id = d.version_id
  left join lateral (select * from dag_run x where x.dag_no = d.dag_no order by x.scheduled_for desc, x.run_id desc limit 1) r on true
order by d.retired_at is not null, d.dag_id

-- name: heads
-- Graphs without their tasks; a version never changes, so each is asked for once.
select version_id, ((spec - 'tasks') || '{"tasks": []}')::text from dag_version where version_id = any($1)

-- name: recent
select d.dag_id, m.runs, m.states, m.seconds
from dag d
  cross join lateral (
    select array_agg(r.run_id order by r.scheduled_for, r.run_id) runs, string_agg(r.state::text, '' order by r.scheduled_for, r.run_id) states,
           array_agg(extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.started_at)::float8 order by r.scheduled_for, r.run_id) seconds
    from (select * from dag_run r where r.dag_no = d.dag_no order by r.scheduled_for desc, r.run_id desc limit $2) r) m
where d.dag_id = any($1) and m.runs is not null

-- name: figures
-- Runs are numbered in the order in which they were made: the first of the window is found by halving, in some twenty
-- look-ups. Of what follows at most 20,000 are read.
with recursive edge(lo, hi) as (
  select coalesce(min(run_id), 0), coalesce(max(run_id), 0) + 1 from dag_run
  union all
  select case when p.run_id < e.hi and p.created_at < $1 then p.run_id + 1 else e.lo end, case when p.run_id < e.hi and p.created_at < $1 then e.hi else (e.lo + e.hi) / 2 end
  from edge e
    left join lateral (select r.run_id, r.created_at from dag_run r where r.run_id >= (e.lo + e.hi) / 2 order by r.run_id limit 1) p on true
  where e.lo < e.hi),
made as materialized (
  select r.created_at, r.started_at, r.scheduled_for, r.kind, r.state, r.dag_no from dag_run r
  where r.run_id >= (select max(lo) from edge) and ($2::text[] is null or r.dag_no = any(array(select dag_no from dag where dag_id = any($2))))
  order by r.run_id desc limit 20000),
part as (   -- date_part, not extract: a float, where that makes a numeric of each
  select width_bucket(date_part('epoch', made.created_at), date_part('epoch', $1::timestamptz), date_part('epoch', clock_timestamp()) + 1, 24) no, state,
         date_part('epoch', started_at - made.created_at) wait,
         -- what was made up for, of a time before the DAG was loaded or long ago, was not late
         case when kind = 's' and scheduled_for >= d.created_at and made.created_at < scheduled_for + interval '1 hour' then date_part('epoch', made.created_at - scheduled_for) end lag
  from made join dag d using (dag_no)),
per as (
  select no, count(*)::int runs, (count(*) filter (where state = 's'))::int ok, (count(*) filter (where state = 'f'))::int bad, coalesce(avg(wait), 0) wait, coalesce(avg(lag), 0) lag
  from part where no between 1 and 24 group by no)
select (select array_agg(no order by no) from per), (select array_agg(runs order by no) from per), (select array_agg(ok order by no) from per), (select array_agg(bad order by no) from per),
       (select array_agg(wait order by no) from per), (select array_agg(lag order by no) from per), (select count(*) = 20000 from made),
       (select percentile_cont(0.95) within group (order by wait) from part), (select percentile_cont(0.95) within group (order by lag) from part),
       (select count(*)::int from dag_run where state = 'r' and ($2::text[] is null or dag_no = any(array(select dag_no from dag where dag_id = any($2))))),
       (select count(*)::int from (select 1 from dag_run where state = 'q' and ($2::text[] is null or dag_no = any(array(select dag_no from dag where dag_id = any($2)))) limit 10001) x),
       (select count(*)::int from (select 1 from ready_queue limit 10001) x),
       w.n, w.slots, w.busy
from (select count(*)::int n, coalesce(sum(slots), 0)::int slots, coalesce(sum(busy), 0)::int busy from worker where stopped_at is null and lease_until > clock_timestamp()) w

-- name: failures
-- Of each DAG the newest eight runs that failed, of all of them the newest 150, of each run three tasks with the reason.
select d.dag_id, r.run_id, r.scheduled_for, r.finished_at, i.task_id, coalesce(m.map_index, -1), coalesce(m.attempt, i.attempt), e.why, e.detail::text, r.n
from (
  select r.*, d.dag_id, (select count(*)::int from (select 1 from dag_run f where f.dag_no = d.dag_no and f.state = 'f' and f.finished_at >= $1 limit 1000) x) n
  from dag d
    cross join lateral (
      select * from dag_run x where x.dag_no = d.dag_no and x.state = 'f' and x.finished_at >= $1 order by x.finished_at desc limit 8) r
  where $2::text[] is null or d.dag_id = any($2)
  order by r.finished_at desc limit 150) r
  join dag d on d.dag_no = r.dag_no
  cross join lateral (
    select t.task_no, t.task_id, t.mapped, x.attempt from dag_task t
      join task_instance x on x.run_id = r.run_id and x.task_no = t.task_no and x.map_index = -1
    where t.version_id = r.version_id and x.state = 'f' order by t.task_no limit 3) i
  left join lateral (
    select x.map_index, x.attempt from task_instance x
    where i.mapped and x.run_id = r.run_id and x.task_no = i.task_no and x.map_index >= 0 and x.state = 'f' order by x.map_index limit 1) m on true
  left join lateral (
    select x.why, x.detail from event x
    where x.run_id = r.run_id and x.task_no = i.task_no and x.map_index = coalesce(m.map_index, -1) and x.to_state = 'f' and x.at >= r.created_at - interval '1 day'
    order by x.at desc limit 1) e on true
order by r.finished_at desc, i.task_no

-- name: running
select r.run_id, d.dag_id, r.kind, r.state, r.cancelling, r.scheduled_for, r.interval_start, r.interval_end, r.backfill_id,
       r.created_by, r.created_at, r.started_at, r.finished_at, r.failures,
       (select percentile_cont(0.5) within group (order by extract(epoch from s.finished_at - s.started_at)::float8)
        from (select * from dag_run x where x.dag_no = r.dag_no order by x.scheduled_for desc, x.run_id desc limit 30) s where s.state = 's'),
       (select t.task_id from dag_task t join task_instance i on i.run_id = r.run_id and i.task_no = t.task_no and i.map_index = -1
        where t.version_id = r.version_id and (i.state = 'r' or i.state = 'w' and i.lane_id = 0) order by t.task_no desc limit 1)
from (
  select * from dag_run where state = 'r' and ($1::text[] is null or dag_no = any(array(select dag_no from dag where dag_id = any($1))))
  order by started_at desc, run_id desc limit $2) r
  join dag d on d.dag_no = r.dag_no
order by r.started_at desc, r.run_id desc

-- name: retrying
select d.dag_id, i.run_id, t.task_id, i.map_index, i.attempt, m.due_at
from timer m
  join task_instance i on i.run_id = m.run_id and i.task_no = m.task_no and i.map_index = m.map_index and i.state = 'y'
  join dag_run r on r.run_id = i.run_id
  join dag d on d.dag_no = r.dag_no
  join dag_task t on t.version_id = r.version_id and t.task_no = i.task_no
where $1::text[] is null or d.dag_id = any($1)
order by m.due_at limit $2

-- name: side
select (select count(*)::int from dag where version_id is not null and retired_at is null),
       (select count(*)::int from backfill where state in ('r', 'p')), (select count(*)::int from import_error), (select count(*)::int from approval where state = 'a'),
       (select min(next_due) from dag where next_due is not null and not paused and retired_at is null), clock_timestamp()

-- name: pulse
select concat_ws(' ', (select max(run_id) from dag_run), (select count(*) from dag_run where state = 'r'), (select sum(run_id) from dag_run where state = 'r'),
  (select count(*) from dag where paused), (select sum(version_id) from dag), (select count(*) from dag where retired_at is not null),
  (select count(*) from import_error), (select sum(used) from pool), (select count(*) from approval where state = 'a'))
