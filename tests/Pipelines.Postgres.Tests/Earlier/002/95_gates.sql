-- Queues instances that waited for the DAG's previous run: in it, the task of the same id has succeeded or was skipped, or it
-- has no such task, or there is no such run. Manual runs wait for nothing.
create or replace function open_gates(p_limit int) returns int language plpgsql as $$
declare v_runs bigint[]; n int;
begin
  select array_agg(run_id order by run_id) into v_runs from (
    select distinct g.run_id from gate g where gate_is_open(g.run_id, g.task_no) order by g.run_id limit p_limit) x;
  if v_runs is null then return 0; end if;
  perform 1 from dag_run where run_id = any(v_runs) order by run_id for no key update;
  with opened as (
    delete from gate g where g.run_id = any(v_runs) and gate_is_open(g.run_id, g.task_no) returning g.run_id, g.task_no),
  up as (
    update task_instance t set state = 'q', queued_at = clock_timestamp()
    from opened o where t.run_id = o.run_id and t.task_no = o.task_no and t.map_index = -1 and t.state = 'w' and t.gated
    returning t.run_id, t.task_no, t.attempt, t.lane_id, t.priority),
  queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, -1 from up),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor)
    select clock_timestamp(), run_id, task_no, -1, attempt, 'w', 'q', 'scheduler' from up)
  select count(*) into n from up;
  if n > 0 then perform pg_notify('pipelines_worker', ''); end if;
  return n;
end $$;

create or replace function gate_is_open(p_run bigint, p_task int) returns boolean language plpgsql stable as $$
declare v_dag int; v_for timestamptz; v_version int; v_kind "char"; p_before bigint; p_version int; p_state "char"; v_before int; v_done "char";
begin
  select dag_no, scheduled_for, version_id, kind into v_dag, v_for, v_version, v_kind from dag_run where run_id = p_run;
  if v_kind = 'm' then return true; end if;
  select run_id, version_id, state into p_before, p_version, p_state from dag_run
  where dag_no = v_dag and scheduled_for < v_for and kind in ('s', 'b') order by scheduled_for desc limit 1;
  if not found then return true; end if;
  select b.task_no into v_before from dag_task t join dag_task b on b.version_id = p_version and b.task_id = t.task_id
  where t.version_id = v_version and t.task_no = p_task;
  if not found then return true; end if;
  if p_state = 'q' then return false; end if;                           -- its instances are those of an earlier time, or none
  select state into v_done from task_instance where run_id = p_before and task_no = v_before and map_index = -1;
  return coalesce(v_done in ('s', 'k'), false);
end $$;
