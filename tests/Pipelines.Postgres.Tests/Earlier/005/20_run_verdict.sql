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

-- Fixes the verdict of a run whose work has ended and that has callbacks of its own: those that match it are queued, the others
-- skipped. The run ends when they have.
create or replace function call_back(p_run bigint, p_now timestamptz) returns void language plpgsql as $$
declare v_verdict "char"; v_dag int; n int;
begin
  select coalesce(verdict, case when failures = 0 then 's' else run_verdict(run_id) end), dag_no into v_verdict, v_dag from dag_run where run_id = p_run;
  with called as (
    update task_instance t set
      state = case when t.trigger_rule = case v_verdict when 'f' then 15 when 's' then 16 end then 'q' else 'k' end,
      queued_at = p_now, finished_at = case when t.trigger_rule = case v_verdict when 'f' then 15 when 's' then 16 end then null else p_now end
    where t.run_id = p_run and t.state = 'n' and t.trigger_rule in (15, 16)
    returning t.task_no, t.state, t.attempt, t.lane_id, t.priority),
  queued as (insert into ready_queue select lane_id, -priority, p_run, task_no, -1 from called where state = 'q'),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, why)
    select p_now, p_run, task_no, -1, attempt, 'n', state,
           case when state = 'k' then 'the run ' || case v_verdict when 's' then 'succeeded' when 'f' then 'failed' else 'was cancelled' end end
    from called)
  select count(*) filter (where state = 'q') into n from called;
  update dag_run set verdict = v_verdict, callbacks = 0, cancelling = false, deadline_at = null, remaining = n,
    state = case when n = 0 then v_verdict else 'r' end, finished_at = case when n = 0 then p_now end
  where run_id = p_run;
  insert into event(at, dag_no, run_id, from_state, to_state, why)
  values (p_now, v_dag, p_run, 'r', case when n = 0 then v_verdict else 'r' end,
    case when n > 0 then case v_verdict when 's' then 'its work succeeded' else 'its work failed' end || '; callbacks run' end);
  if n > 0 then perform pg_notify('pipelines_worker', ''); end if;
end $$;
