-- How a run with failures ends. A failure is handled when a task with a failure-tolerant rule (all_done, one_failed, all_failed,
-- all_done_min_one_success, none_skipped) ran and succeeded below it, directly or through tasks that the failure kept from
-- running. A run fails when a failure of a task was not handled; those of teardowns and callbacks (rules from 12 on) do not count.
-- Only asked when the last instance of a run with failures ends.
create or replace function run_verdict(p_run bigint) returns "char" language plpgsql as $$
declare v_version int; v_unhandled boolean;
begin
  select version_id into v_version from dag_run where run_id = p_run;
  with recursive reach(origin, no) as (
    select t.task_no, t.task_no
    from task_instance t join dag_task d on d.version_id = v_version and d.task_no = t.task_no
    where t.run_id = p_run and t.map_index = -1 and t.state = 'f' and d.trigger_rule < 12
    union
    select r.origin, e.down_no
    from reach r
      join dag_edge e on e.version_id = v_version and e.up_no = r.no
      join task_instance t on t.run_id = p_run and t.task_no = r.no and t.map_index = -1 and t.state in ('f', 'u')),
  handled as (
    select distinct r.origin
    from reach r
      join task_instance t on t.run_id = p_run and t.task_no = r.no and t.map_index = -1
      join dag_task d on d.version_id = v_version and d.task_no = r.no
    where r.no <> r.origin and t.state = 's' and d.trigger_rule in (1, 5, 6, 7, 10))
  select exists (select 1 from reach r where r.no = r.origin and not exists (select 1 from handled h where h.origin = r.origin))
    into v_unhandled;
  return case when v_unhandled then 'f' else 's' end;
end $$;

-- Fixes the verdict of a run whose work has ended and that has callbacks of its own, or undos: callbacks that match it are queued, the others skipped; when it has
-- failed or was cancelled, what tasks have done that can undo it is undone, the last first; of a mapped task that did not succeed what its elements have done. The run ends when all these have.
create or replace function call_back(p_run bigint, p_now timestamptz) returns void language plpgsql as $$
declare v_verdict "char"; v_dag int; v_version int; n int; u int;
begin
  select coalesce(verdict, case when failures = 0 then 's' else run_verdict(run_id) end), dag_no, version_id into v_verdict, v_dag, v_version from dag_run where run_id = p_run;
  with called as (
    update task_instance t set state = c.become, queued_at = case c.become when 'q' then p_now end, finished_at = case c.become when 'k' then p_now end
    from (
      select w.task_no, case when w.trigger_rule = case v_verdict when 'f' then 15 when 's' then 16 end then 'q'
               when w.trigger_rule = 17 and v_verdict in ('f', 'c') and exists (
                 select 1 from dag_edge e join task_instance i on i.run_id = p_run and i.task_no = e.up_no and i.map_index = -1
                 where e.version_id = v_version and e.down_no = w.task_no and has_done(i)) then 'w' else 'k' end::"char" become
      from task_instance w where w.run_id = p_run and w.state = 'n' and w.trigger_rule in (15, 16, 17)) c
    where t.run_id = p_run and t.task_no = c.task_no and t.map_index = -1
    returning t.task_no, t.state, t.attempt, t.lane_id, t.priority, t.trigger_rule),
  queued as (insert into ready_queue select lane_id, -priority, p_run, task_no, -1 from called where state = 'q'),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, why)
    select p_now, p_run, task_no, -1, attempt, 'n', state,
           case when state = 'w' then 'to be undone' when state = 'k' and trigger_rule = 17 and v_verdict <> 's' then 'there is nothing to undo'
                when state = 'k' then 'the run ' || case v_verdict when 's' then 'succeeded' when 'f' then 'failed' else 'was cancelled' end end
    from called)
  select count(*) filter (where state in ('q', 'w')), count(*) filter (where state = 'w') into n, u from called;
  update dag_run set verdict = v_verdict, callbacks = 0, cancelling = false, deadline_at = null, remaining = n,
    state = case when n = 0 then v_verdict else 'r' end, finished_at = case when n = 0 then p_now end
  where run_id = p_run;
  insert into event(at, dag_no, run_id, from_state, to_state, why)
  values (p_now, v_dag, p_run, 'r', case when n = 0 then v_verdict else 'r' end,
    case when n > 0 then case v_verdict when 's' then 'its work succeeded' when 'f' then 'its work failed' else 'its work was cancelled' end
      || case when u > 0 then format('; %s %s undone', u, case u when 1 then 'task is' else 'tasks are' end) else '' end || case when n > u then '; callbacks run' else '' end end);
  if u > 0 then perform undo_next(p_run, p_now); end if;
  if n > 0 then perform pg_notify('pipelines_worker', ''); end if;
end $$;

-- Whether a task has done something: it has succeeded, or one of its elements has.
create or replace function has_done(t task_instance) returns boolean language sql stable as $$
  select t.state = 's' or t.lane_id = 0 and exists (select 1 from task_instance e where e.run_id = t.run_id and e.task_no = t.task_no and e.map_index >= 0 and e.state = 's') $$;

-- Tasks whose work does not stand any more. One whose undo has begun is among them: that may have done it, and what is fenced is not taken back.
create or replace function undone_tasks(p_run bigint) returns table(task_no int, task_id text, done boolean) language sql stable as $$
  select k.task_no, k.task_id, bool_and(u.state = 's')
  from dag_run r join task_instance u on u.run_id = r.run_id and u.trigger_rule = 17 and (u.state in ('s', 'r', 'y') or u.state in ('q', 'w') and u.first_started_at is not null)
    join dag_edge e on e.version_id = r.version_id and e.down_no = u.task_no join dag_task k on k.version_id = r.version_id and k.task_no = e.up_no
  where r.run_id = p_run group by k.task_no, k.task_id $$;

-- Queues the undo of the task that has ended last, when none is under way: they run one after the other, and one that fails keeps no other from running.
create or replace function undo_next(p_run bigint, p_now timestamptz) returns void language plpgsql as $$
declare v_version int; v_next int;
begin
  if exists (select 1 from task_instance where run_id = p_run and trigger_rule = 17 and (state in ('q', 'r', 'y') or state = 'w' and first_started_at is not null)) then return; end if;
  select version_id into v_version from dag_run where run_id = p_run;
  select t.task_no into v_next
  from task_instance t join dag_edge e on e.version_id = v_version and e.down_no = t.task_no
    join task_instance i on i.run_id = p_run and i.task_no = e.up_no and i.map_index = -1
  where t.run_id = p_run and t.trigger_rule = 17 and t.state = 'w' order by i.finished_at desc, i.task_no desc limit 1;
  if not found then return; end if;
  with up as (
    update task_instance set state = 'q', queued_at = p_now where run_id = p_run and task_no = v_next and map_index = -1 returning lane_id, priority, attempt),
  queued as (insert into ready_queue select lane_id, -priority, p_run, v_next, -1 from up)
  insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state) select p_now, p_run, v_next, -1, attempt, 'w', 'q' from up;
  perform pg_notify('pipelines_worker', '');
end $$;

-- Undoes what an ended run has done, by hand: everything that has an undo which has not succeeded. The run ends cancelled. Returns how many are undone. Refused (PL003): the run is open,
-- or there is nothing to undo.
create or replace function undo_run(p_run bigint, p_by text, p_why text) returns int language plpgsql as $$
declare v_was "char"; v_dag int; v_version int; v_now timestamptz; v_task int[]; n int;
begin
  select was, dag_no, version_id into v_was, v_dag, v_version from lock_run(p_run, 'undo');
  if v_was = 'r' then raise exception 'Run % is running. Cancel it: then what it has done is undone.', p_run using errcode = 'PL003'; end if;
  v_now := clock_timestamp();
  select array_agg(u.task_no) into v_task
  from task_instance u join dag_edge e on e.version_id = v_version and e.down_no = u.task_no
    join task_instance i on i.run_id = p_run and i.task_no = e.up_no and i.map_index = -1 and has_done(i)
  where u.run_id = p_run and u.trigger_rule = 17 and u.state <> 's';
  if v_task is null then raise exception 'Run % has done nothing that can be undone, or it is undone already.', p_run using errcode = 'PL003'; end if;
  n := cardinality(v_task);
  perform take_back(p_run, v_task, array_fill(-1, array[n]), array_fill('n'::"char", array[n]), v_now, p_by, concat_ws(': ', 'undone by hand', p_why));
  update dag_run set state = 'r', verdict = 'c', finished_at = null, epoch = epoch + 1 where run_id = p_run;
  insert into event(at, dag_no, run_id, from_state, to_state, actor, why) values (v_now, v_dag, p_run, v_was, 'r', p_by, concat_ws(': ', 'undone by hand', p_why));
  perform call_back(p_run, v_now);
  return n;
end $$;
