-- Runs an ended run again, whole: it goes back to the queue and start_runs resets its instances. Attempt numbers go on,
-- and the epoch tells workers that outputs they remember are stale. On another version of its DAG if p_version says so.
-- p_in_part: instances in preset are kept, and with them what they have taken.
create or replace function rerun_run(
  p_run bigint, p_backfill bigint, p_priority smallint, p_by text, p_why text, p_version int default null, p_in_part boolean default false) returns boolean language plpgsql as $$
declare v_was "char"; v_dag int; v_version int;
begin
  select state, dag_no, version_id into v_was, v_dag, v_version from dag_run where run_id = p_run and state in ('s', 'f', 'c') for no key update;
  if not found then return false; end if;
  p_version := coalesce(p_version, (select base_id from dag_version where version_id = v_version));   -- numbered as an older one: only for runs that go on
  if p_version <> v_version then
    perform move_run(p_run, v_version, p_version);
  end if;
  update task_instance set state = 'x' where run_id = p_run and map_index >= 0;
  delete from task_step where run_id = p_run and since = '-infinity';
  -- What it has taken it takes again, but for the answers to what it asked: it asks anew.
  update signal s set task_no = null, map_index = null, taken_at = null
  where s.run_id = p_run and s.taken_at is not null and not starts_with(s.name, 'callback:')
    and not (p_in_part and exists (select 1 from preset k where k.run_id = p_run and k.task_no = s.task_no and k.map_index = s.map_index));
  update callback set expires_at = clock_timestamp() where run_id = p_run and called_at is null and expires_at > clock_timestamp();
  update dag_run set state = 'q', epoch = epoch + 1, cancelling = false, verdict = null, deadline_at = null, remaining = 0, failures = 0, started_at = null, finished_at = null,
    backfill_id = coalesce(p_backfill, backfill_id), priority = coalesce(p_priority, priority), preset = false, left_out = null where run_id = p_run;
  insert into event(at, dag_no, run_id, from_state, to_state, actor, why) values (clock_timestamp(), v_dag, p_run, v_was, 'q', p_by, p_why);
  perform pg_notify('pipelines_scheduler', '');
  return true;
end $$;

-- Runs some tasks of an ended run again: the others keep what they came to, and what their version had not yet is left out.
create or replace function rerun_part(
  p_run bigint, p_tasks text[], p_backfill bigint, p_priority smallint, p_by text, p_why text, p_version int default null) returns boolean language plpgsql as $$
declare v_version int; v_left_out int[]; v_kept text := 'kept as it was: no part of ' || p_by;
begin
  select version_id, left_out into v_version, v_left_out from dag_run where run_id = p_run and state in ('s', 'f', 'c') for no key update;
  if not found then return false; end if;
  p_version := coalesce(p_version, (select base_id from dag_version where version_id = v_version));
  if p_version <> v_version then
    perform move_run(p_run, v_version, p_version);
    v_version := p_version; v_left_out := (select left_out from dag_run where run_id = p_run);
  end if;
  delete from preset where run_id = p_run;                             -- of a start that never came
  insert into preset
  select p_run, t.task_no, t.map_index, t.state, t.output, v_kept
  from dag_task d join task_instance t on t.run_id = p_run and t.task_no = d.task_no
  where d.version_id = v_version and d.task_id <> all(p_tasks) and d.trigger_rule not in (15, 16, 17) and t.state in ('s', 'f', 'k', 'u', 'c');
  v_left_out := array(
    select d.task_no from dag_task d
    where d.version_id = v_version and d.task_id <> all(p_tasks) and d.trigger_rule not in (15, 16, 17)
      and (d.task_no = any(v_left_out) or not exists (select 1 from preset k where k.run_id = p_run and k.task_no = d.task_no)));
  perform rerun_run(p_run, p_backfill, p_priority, p_by, p_why, p_in_part => true);
  perform leave_out(array[p_run], v_left_out, 'no part of ' || p_by);
  return true;
end $$;

-- Forks a run: makes a manual run that begins with what another one of its DAG came to. Tasks p_from that succeeded there have succeeded in it, as
-- tasks p_to of its version, with their elements and outputs. Steps of task p_task, there p_was, go along if p_reuse, those before p_from_step. Returns its id. The caller has locked the dag row.
create or replace function fork_run(
  p_old bigint, p_version int, p_arguments jsonb, p_from int[], p_to int[], p_was int, p_task int, p_reuse boolean, p_from_step text, p_by text, p_why text)
returns bigint language plpgsql as $$
declare v_run bigint; v_old dag_run; v_undone text;
begin
  select * into v_old from dag_run where run_id = p_old;
  select string_agg(task_id, ', ' order by task_no) into v_undone from undone_tasks(p_old) where task_no = any(p_from);
  if v_undone is not null then
    raise exception 'What % had done was undone, so nothing can go on from it. Fork from there: --from %', v_undone, split_part(v_undone, ', ', 1) using errcode = 'PL003';
  end if;
  select (make_runs(v_old.dag_no, p_version, 'm', array[v_old.scheduled_for], array[v_old.interval_start], array[v_old.interval_end], p_arguments, null, 0::smallint, p_by, p_why))[1] into v_run;
  insert into preset
  select v_run, c.become, t.map_index, t.state, t.output, format('taken over from run %s', p_old)
  from unnest(p_from, p_to) c(task_no, become)
    join task_instance r on r.run_id = p_old and r.task_no = c.task_no and r.map_index = -1 and r.state = 's'
    join task_instance t on t.run_id = p_old and t.task_no = c.task_no and t.state in ('s', 'k');
  if p_reuse then
    perform check_from_step(p_old, array[p_was], p_from_step);
    insert into signal(run_id, name, payload, key, sent_by, sent_at, traceparent)
    select v_run, s.name, s.payload, s.key, s.sent_by, s.sent_at, s.traceparent from signals_to_keep(p_old, p_was, p_from_step) s order by s.taken_at, s.signal_id;
    insert into task_step
    select v_run, p_task, s.map_index, s.kind, s.name, '-infinity', s.attempt, s.state, s.tries, s.started_at, s.finished_at, s.output, s.error
    from steps_to_fork(p_old, p_was, p_from_step) k
      join task_step s on s.run_id = p_old and s.task_no = k.task_no and s.map_index = k.map_index and s.kind = k.kind and s.name = k.name;
  end if;
  update dag_run set preset = true, taken_from = p_old where run_id = v_run;
  insert into event(at, dag_no, run_id, actor, why) values (clock_timestamp(), v_old.dag_no, p_old, p_by, format('run %s was forked from it', v_run));
  return v_run;
end $$;

-- Leaves tasks out of queued runs: they are skipped, and what is below them neither waits for them nor counts them.
create or replace function leave_out(p_runs bigint[], p_tasks int[], p_why text) returns void language plpgsql as $$
begin
  insert into preset
  select r, t, -1, 'k', null, p_why from unnest(p_runs) r cross join unnest(p_tasks) t
  on conflict (run_id, task_no, map_index) do nothing;
  update dag_run set preset = true, left_out = p_tasks where run_id = any(p_runs);
end $$;

-- The start of a run some of whose instances have ended before it: start_runs has made them all, and has decided nothing.
create or replace function begin_preset(p_run bigint, p_now timestamptz) returns void language plpgsql as $$
begin
  with begun as (
    delete from preset where run_id = p_run returning task_no, map_index, state, output, why),
  made as (
    insert into task_instance(run_id, task_no, map_index, state, trigger_rule, lane_id, priority, unmet, finished_at, output)
    select p_run, b.task_no, b.map_index, b.state, case when d.n_index = 0 and b.map_index = -1 or d.n_index > 0 and b.map_index >= 0 then d.trigger_rule else 0 end,
           case when d.mapped and b.map_index = -1 then 0 else d.lane_id end, d.priority + r.priority, 0, p_now, b.output
    from begun b join dag_run r on r.run_id = p_run join dag_task d on d.version_id = r.version_id and d.task_no = b.task_no
    on conflict (run_id, task_no, map_index) do update set
      state = excluded.state, trigger_rule = excluded.trigger_rule, lane_id = excluded.lane_id, priority = excluded.priority, unmet = 0,
      tries = 0, lost = 0, worker_id = null, queued_at = null, first_started_at = null, started_at = null, finished_at = excluded.finished_at, output = excluded.output
    returning task_no, map_index, attempt, state)
  insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, why)
  select p_now, p_run, m.task_no, m.map_index, m.attempt, 'n', m.state, b.why from made m join begun b on b.task_no = m.task_no and b.map_index = m.map_index;
  update dag_run set preset = false where run_id = p_run;
  perform resume_run(p_run, null, p_now, null, 'goes on from what it began with');
end $$;
