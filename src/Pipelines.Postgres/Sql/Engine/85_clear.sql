-- Clears task instances of a run, so that they run again: whole tasks (map index -1, with all their elements) and single
-- elements. The caller names everything, downstream included. What runs is fenced: its late report finds another state, and its
-- worker is told to stop it. Counters of all waiting instances are counted anew from what their upstreams have come to.
-- Returns how many instances were cleared. Refused (PL003) while the run is queued or being stopped.
create or replace function clear_tasks(p_run bigint, p_task int[], p_map int[], p_by text, p_why text) returns int language plpgsql as $$
declare
  v_was "char"; v_cancelling boolean; v_dag int; v_version int; v_now timestamptz; n int;
  f_key text[];                                                         -- running attempts that are fenced
  s_task int[]; s_map int[];                                            -- single elements
  e_task int[]; e_map int[];                                            -- waiting instances to be decided
begin
  select state, cancelling, dag_no, version_id into v_was, v_cancelling, v_dag, v_version from dag_run where run_id = p_run for no key update;
  if not found then raise exception 'There is no run %.', p_run using errcode = 'PL003'; end if;
  if v_was = 'q' then raise exception 'Run % has not started; there is nothing to clear.', p_run using errcode = 'PL003'; end if;
  if v_was = 'r' and v_cancelling then raise exception 'Run % is being stopped. Clear its tasks when it has ended.', p_run using errcode = 'PL003'; end if;
  perform 1 from pool where pool_id = any(select unnest(pools) from dag_version where version_id = v_version) order by pool_id for no key update;
  v_now := clock_timestamp();

  with picked as (
    select t.task_no, t.map_index, t.state, t.attempt, t.lane_id, t.trigger_rule in (15, 16) callback,
           t.map_index >= 0 and exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = t.task_no and c.map_index = -1) whole
    from task_instance t
    where t.run_id = p_run and t.state <> 'x'
      and (t.trigger_rule in (15, 16) and t.state <> 'n'                -- the run gets another verdict
        or t.trigger_rule not in (15, 16)
           and exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = t.task_no and c.map_index in (-1, t.map_index)))),
  dequeued as (
    delete from ready_queue q using picked p where q.run_id = p_run and q.task_no = p.task_no and q.map_index = p.map_index),
  untimed as (
    delete from timer m using picked p where m.run_id = p_run and m.task_no = p.task_no and m.map_index = p.map_index),
  ungated as (
    delete from gate g using picked p where g.run_id = p_run and g.task_no = p.task_no),
  unwaited as (
    delete from wait w using picked p where w.run_id = p_run and w.task_no = p.task_no and w.map_index = p.map_index),
  freed as (
    update pool o set used = o.used - c.n
    from (select l.pool_id, sum(l.weight)::int n from picked p join lane l on l.lane_id = p.lane_id where p.state = 'r' and l.pool_id is not null group by l.pool_id) c
    where o.pool_id = c.pool_id),
  unlined as (
    delete from limit_wait w using picked p where w.run_id = p_run and w.task_no = p.task_no and w.map_index = p.map_index),
  unheld as (
    update limit_hold h set done = true from picked p where h.run_id = p_run and h.task_no = p.task_no and h.map_index = p.map_index and not h.done),
  reset as (
    update task_instance t set state = case when p.whole then 'x' else 'n' end, tries = 0, lost = 0, polls = 0, worker_id = null, output = null,
      queued_at = null, first_started_at = null, started_at = null, finished_at = null,
      unmet = 0, ok = 0, failed = 0, skipped = 0, refused = 0
    from picked p where t.run_id = p_run and t.task_no = p.task_no and t.map_index = p.map_index),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select v_now, p_run, task_no, map_index, attempt, state, case when whole then 'x' else 'n' end, p_by, coalesce(p_why, 'cleared')
    from picked where whole or state <> 'n')
  select count(*) filter (where not callback), array_agg(format('%s %s %s %s', p_run, task_no, map_index, attempt)) filter (where state = 'r'),
         array_agg(task_no) filter (where map_index >= 0 and not whole), array_agg(map_index) filter (where map_index >= 0 and not whole)
    into n, f_key, s_task, s_map from picked;
  if n = 0 then raise exception 'Run % has none of these task instances.', p_run using errcode = 'PL003'; end if;

  -- The mapped tasks of single elements count down again.
  with counted as (
    select t.task_no, (count(*) filter (where t.state in ('n', 'q', 'r', 'y', 'w')))::int unmet, (count(*) filter (where t.state = 's'))::int ok,
           (count(*) filter (where t.state in ('f', 'c')))::int failed, (count(*) filter (where t.state = 'k'))::int skipped,
           (count(*) filter (where t.state = 'u'))::int refused
    from task_instance t
    where t.run_id = p_run and t.map_index >= 0 and t.state <> 'x' and t.task_no = any(s_task)
      and not exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = t.task_no and c.map_index = -1)
    group by t.task_no),
  parent as (
    update task_instance t set state = 'w', finished_at = null, unmet = c.unmet, ok = c.ok, failed = c.failed, skipped = c.skipped, refused = c.refused
    from counted c, task_instance o
    where t.run_id = p_run and t.task_no = c.task_no and t.map_index = -1 and o.run_id = t.run_id and o.task_no = t.task_no and o.map_index = -1
    returning t.task_no, o.state was)
  insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
  select v_now, p_run, task_no, -1, 0, was, 'w', p_by, 'an element was cleared' from parent where was <> 'w';

  update dag_run r set state = 'r', verdict = null, cancelling = false, finished_at = null, epoch = epoch + 1, callbacks = v.callbacks,
    deadline_at = v_now + make_interval(secs => v.run_timeout), remaining = t.remaining, failures = t.failures
  from dag_version v, (
    select (count(*) filter (where state in ('n', 'q', 'r', 'y', 'w') and not (state = 'n' and trigger_rule in (15, 16))))::int remaining,
           (count(*) filter (where state in ('f', 'u')))::int failures
    from task_instance where run_id = p_run) t
  where r.run_id = p_run and v.version_id = r.version_id;
  insert into event(at, dag_no, run_id, from_state, to_state, actor, why)
  values (v_now, v_dag, p_run, v_was, 'r', p_by, coalesce(p_why || ': ', '') || format('%s task instances cleared', n));

  -- All waiting instances are decided anew; of elements that max_parallel holds back as many as there is room for.
  select array_agg(w.task_no), array_agg(w.map_index) into e_task, e_map
  from (
    select t.task_no, t.map_index, d.max_parallel, row_number() over (partition by t.task_no, t.map_index = -1 order by t.map_index) place, t.map_index = -1 or d.n_index > 0 free
    from task_instance t join dag_task d on d.version_id = v_version and d.task_no = t.task_no
    where t.run_id = p_run and t.state = 'n') w
  where w.free or w.max_parallel is null or w.place <= w.max_parallel - (
    select count(*) from task_instance a where a.run_id = p_run and a.task_no = w.task_no and a.map_index >= 0 and a.state in ('q', 'r', 'y', 'w'));
  perform settle(null, null, null, null, v_now, null, 0, null, array_fill(p_run, array[cardinality(e_task)]), e_task, e_map);
  perform pg_notify('pipelines_fenced', k) from unnest(f_key) k;
  perform pg_notify('pipelines_worker', '');
  perform pg_notify('pipelines_scheduler', '');
  return n;
end $$;
