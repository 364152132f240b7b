-- What clearing and marking are made of. The caller holds the locks of the run, of its pools and of its queue rows.

-- A claim in flight holds the queue rows of what it starts, and no lock of the run. So whoever is about to change the instances of a run takes its queue rows before they look at one: what has left
-- the queue by then runs. After the run and its pools, and before any instance, as in a claim.
create or replace function lock_queue(p_run bigint) returns void language plpgsql as $$
begin
  perform 1
  from task_instance t join lane l on l.lane_id = t.lane_id
    join ready_queue q on q.lane_id in (l.lane_id, l.goes_to) and q.rank = -t.priority and q.run_id = t.run_id and q.task_no = t.task_no and q.map_index = t.map_index
  where t.run_id = p_run and t.state = 'q' order by t.task_no, t.map_index for update of q;
end $$;

-- Locks an ended or running run, its pools and its queue rows, for somebody who is about to change its instances. Refused (PL003): no such run, or it is
-- queued, or being stopped.
create or replace function lock_run(p_run bigint, p_verb text, out was "char", out dag_no int, out version_id int) language plpgsql as $$
declare v_cancelling boolean;
begin
  select r.state, r.cancelling, r.dag_no, r.version_id into was, v_cancelling, dag_no, version_id from dag_run r where r.run_id = p_run for no key update;
  if not found then raise exception 'There is no run %.', p_run using errcode = 'PL003'; end if;
  if was = 'q' then raise exception 'Run % has not started; there is nothing to %.', p_run, p_verb using errcode = 'PL003'; end if;
  if was = 'r' and v_cancelling then
    raise exception 'Run % is being stopped. % its tasks when it has ended.', p_run, initcap(p_verb) using errcode = 'PL003';
  end if;
  perform 1 from pool where pool_id = any(select unnest(v.pools) from dag_version v where v.version_id = lock_run.version_id) order by pool_id for no key update;
  perform lock_queue(p_run);
end $$;

-- Gives instances another state, out of turn: n waits as if it had never run, x is no more, s f k have ended. They leave queue, timers, gates and
-- the lines of limits. An attempt that runs is fenced: its pool slot is free, its late report finds another state, and its worker is told to stop it.
create or replace function take_back(p_run bigint, p_task int[], p_map int[], p_to "char"[], p_now timestamptz, p_by text, p_why text) returns void language plpgsql as $$
declare f_key text[];
begin
  with picked as (
    select t.task_no, t.map_index, t.state, t.attempt, t.lane_id, p.become, p.become in ('n', 'x') anew
    from unnest(p_task, p_map, p_to) p(task_no, map_index, become)
      join task_instance t on t.run_id = p_run and t.task_no = p.task_no and t.map_index = p.map_index),
  dequeued as (
    delete from ready_queue q using picked p where q.run_id = p_run and q.task_no = p.task_no and q.map_index = p.map_index),
  untimed as (
    delete from timer m using picked p where m.run_id = p_run and m.task_no = p.task_no and m.map_index = p.map_index),
  ungated as (
    delete from gate g using picked p where g.run_id = p_run and g.task_no = p.task_no),
  unwaited as (
    delete from wait w using picked p where w.run_id = p_run and w.task_no = p.task_no and w.map_index = p.map_index),
  deaf as (
    delete from signal_wait w using picked p where w.run_id = p_run and w.task_no = p.task_no and w.map_index = p.map_index),
  freed as (
    update pool o set used = o.used - c.n
    from (select l.pool_id, sum(l.weight)::int n from picked p join lane l on l.lane_id = p.lane_id where p.state = 'r' and l.pool_id is not null group by l.pool_id) c
    where o.pool_id = c.pool_id),
  unlined as (
    delete from limit_wait w using picked p where w.run_id = p_run and w.task_no = p.task_no and w.map_index = p.map_index),
  forgotten as (                                                        -- kept for a start that never came
    delete from task_step s using picked p
    where s.run_id = p_run and s.task_no = p.task_no and (p.map_index = -1 or s.map_index = p.map_index) and p.anew and s.since = '-infinity'),
  unheld as (
    update limit_hold h set done = true from picked p where h.run_id = p_run and h.task_no = p.task_no and h.map_index = p.map_index and not h.done),
  reset as (
    update task_instance t set state = p.become, finished_at = case when not p.anew then coalesce(t.finished_at, p_now) end, output = case when p.become = 's' then t.output end,
      polls = case when p.anew then 0 else t.polls end, tries = case when p.anew then 0 else t.tries end, lost = case when p.anew then 0 else t.lost end, worker_id = case when not p.anew then t.worker_id end,
      queued_at = case when not p.anew then t.queued_at end, first_started_at = case when not p.anew then t.first_started_at end,
      started_at = case when not p.anew then t.started_at end, unmet = 0, ok = 0, failed = 0, skipped = 0, refused = 0
    from picked p where t.run_id = p_run and t.task_no = p.task_no and t.map_index = p.map_index),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select p_now, p_run, task_no, map_index, attempt, state, become, p_by, p_why
    from picked where state <> become)
  select array_agg(format('%s %s %s %s', p_run, task_no, map_index, attempt)) filter (where state = 'r') into f_key from picked;
  update dag_run set left_out = array(select l from unnest(left_out) l where l <> all(p_task)) where run_id = p_run and left_out && p_task;   -- part of it now
  perform pg_notify('pipelines_fenced', k) from unnest(f_key) k;
  perform take_back_approvals(p_run, p_task, p_map, p_now);
  if (select parenting from dag_run where run_id = p_run) then
    perform close_children(p_run, format('its task of run %s was taken back by %s: %s', p_run, p_by, coalesce(p_why, '')), p_task, p_map);
  end if;
  perform give_back_signals(p_run, array_agg(task_no), array_agg(map_index)) from unnest(p_task, p_map, p_to) p(task_no, map_index, become) where become in ('n', 'x');
  perform tell_waits(array_fill(p_run, array[cardinality(p_task)]), p_task);
  if 's'::"char" = any(p_to) then
    perform update_assets(array_fill(p_run, array[cardinality(p_task)]), p_task, p_map, p_to, p_now);
  end if;
end $$;

-- Counts mapped tasks anew over their elements: one with an element that has not ended waits for it, any other ends as its elements say.
create or replace function recount_mapped(p_run bigint, p_task int[], p_now timestamptz, p_by text, p_why text) returns void language plpgsql as $$
declare v_done int[];
begin
  with counted as (
    select t.task_no, (count(*) filter (where t.state in ('n', 'q', 'r', 'y', 'w', 'a')))::int unmet, (count(*) filter (where t.state = 's'))::int ok,
           (count(*) filter (where t.state in ('f', 'c')))::int failed, (count(*) filter (where t.state = 'k'))::int skipped,
           (count(*) filter (where t.state = 'u'))::int refused, bool_or(t.state = 'f') is_failed
    from task_instance t
    where t.run_id = p_run and t.map_index >= 0 and t.state <> 'x' and t.task_no = any(p_task)
    group by t.task_no),
  parent as (
    update task_instance t set unmet = c.unmet, ok = c.ok, failed = c.failed, skipped = c.skipped, refused = c.refused, finished_at = case when c.unmet = 0 then p_now end,
      state = case when c.unmet > 0 then 'w' when c.is_failed then 'f' when c.failed > 0 then 'c' when c.refused > 0 then 'u' when c.ok > 0 then 's' else 'k' end
    from counted c, task_instance o
    where t.run_id = p_run and t.task_no = c.task_no and t.map_index = -1 and o.run_id = t.run_id and o.task_no = t.task_no and o.map_index = -1
    returning t.task_no, o.state was, t.state),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select p_now, p_run, task_no, -1, 0, was, state, p_by, p_why from parent where was <> state)
  select array_agg(task_no) filter (where was <> state and state = 's') into v_done from parent;
  if v_done is not null then
    perform update_assets(array_fill(p_run, array[cardinality(v_done)]), v_done, array_fill(-1, array[cardinality(v_done)]), array_fill('s'::"char", array[cardinality(v_done)]), p_now);
  end if;
end $$;

-- Lets a run whose instances were changed go on from what they are now: counts it and all that waits in it anew, decides that, and ends the run if
-- nothing is left, with p_verdict if that is given. Returns the run's state.
create or replace function resume_run(p_run bigint, p_verdict "char", p_now timestamptz, p_by text, p_why text) returns "char" language plpgsql as $$
declare v_was "char"; v_dag int;
begin
  select state, dag_no into v_was, v_dag from dag_run where run_id = p_run;
  update dag_run r set state = 'r', verdict = p_verdict, cancelling = false, finished_at = null, epoch = epoch + 1, callbacks = v.callbacks,
    deadline_at = case when p_verdict is null then p_now + make_interval(secs => v.run_timeout) end, remaining = t.remaining, failures = t.failures
  from dag_version v, (
    select (count(*) filter (where state in ('n', 'q', 'r', 'y', 'w', 'a') and not (state = 'n' and trigger_rule in (15, 16, 17))))::int remaining,
           (count(*) filter (where state in ('f', 'u') and trigger_rule <> 18))::int failures
    from task_instance where run_id = p_run) t
  where r.run_id = p_run and v.version_id = r.version_id;
  insert into event(at, dag_no, run_id, from_state, to_state, actor, why) values (p_now, v_dag, p_run, v_was, 'r', p_by, p_why);
  return decide_waiting(p_run, p_now);
end $$;

-- Decides what waits in a run anew, all of it or of these tasks, from what its upstreams have come to by now, and ends the run if it has nothing left. Returns
-- the run's state.
create or replace function decide_waiting(p_run bigint, p_now timestamptz, p_tasks int[] default null) returns "char" language plpgsql as $$
declare v_version int; v_remaining int; e_task int[]; e_map int[];
begin
  select version_id, remaining into v_version, v_remaining from dag_run where run_id = p_run;
  -- All waiting instances are decided anew; of elements that max_parallel holds back as many as there is room for.
  select array_agg(w.task_no), array_agg(w.map_index) into e_task, e_map
  from (
    select t.task_no, t.map_index, d.max_parallel, row_number() over (partition by t.task_no, t.map_index = -1 order by t.map_index) place, t.map_index = -1 or d.n_index > 0 free
    from task_instance t join dag_task d on d.version_id = v_version and d.task_no = t.task_no
    where t.run_id = p_run and t.state = 'n' and (p_tasks is null or t.task_no = any(p_tasks))) w
  where w.free or w.max_parallel is null or w.place <= w.max_parallel - (
    select count(*) from task_instance a where a.run_id = p_run and a.task_no = w.task_no and a.map_index >= 0 and a.state in ('q', 'r', 'y', 'w', 'a'));
  if e_task is not null then
    perform settle(null, null, null, null, p_now, null, 0, null, array_fill(p_run, array[cardinality(e_task)]), e_task, e_map);
  end if;
  if v_remaining = 0 then
    perform call_back(p_run, p_now);
  end if;
  perform deliver_signals(array[p_run], p_now);                         -- what was given back may be what another one waits for
  perform tell_waits(array[p_run], null);
  perform pg_notify('pipelines_worker', '');
  perform pg_notify('pipelines_scheduler', '');
  return (select state from dag_run where run_id = p_run);
end $$;
