-- Cancels a run. What has not started ends now; what runs is told (NOTIFY, and the answer to its worker's next heartbeat)
-- and ends by its own report. Queue rows go first: a claim in flight holds its row, and once it is gone its task runs.
create or replace function cancel_run(p_run bigint, p_by text, p_why text) returns "char" language plpgsql as $$
declare v_was "char"; v_state "char"; n int;
begin
  select state into v_was from dag_run where run_id = p_run and state in ('q', 'r') for no key update;
  if not found then return null; end if;
  delete from timer where run_id = p_run;
  delete from ready_queue where run_id = p_run;
  with c as (
    update task_instance t set state = 'c', finished_at = clock_timestamp()
    from task_instance o
    where t.run_id = p_run and t.state in ('n', 'q', 'y', 'w')
      and o.run_id = t.run_id and o.task_no = t.task_no and o.map_index = t.map_index
    returning t.task_no, t.map_index, t.attempt, o.state was),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select clock_timestamp(), p_run, task_no, map_index, attempt, was, 'c', p_by, p_why from c)
  select count(*) into n from c;
  update dag_run set cancelling = true, remaining = remaining - n,
    state = case when remaining = n then 'c' else state end, finished_at = case when remaining = n then clock_timestamp() end
  where run_id = p_run returning state into v_state;
  insert into event(at, run_id, from_state, to_state, actor, why)
  values (clock_timestamp(), p_run, v_was, v_state, p_by, coalesce(p_why, case when v_state = 'r' then 'cancelling' else 'cancelled' end));
  perform pg_notify('pipelines_cancel', p_run::text);
  perform pg_notify('pipelines_scheduler', '');
  return v_state;
end $$;

-- Runs an ended run again, whole: it goes back to the queue and start_runs resets its instances. Attempt numbers go on,
-- and the epoch tells workers that outputs they remember are stale.
create or replace function rerun_run(p_run bigint, p_backfill bigint, p_priority smallint, p_by text, p_why text) returns boolean language plpgsql as $$
declare v_was "char"; v_dag int;
begin
  select state, dag_no into v_was, v_dag from dag_run where run_id = p_run and state in ('s', 'f', 'c') for no key update;
  if not found then return false; end if;
  update task_instance set state = 'x' where run_id = p_run and map_index >= 0;
  update dag_run set state = 'q', epoch = epoch + 1, cancelling = false, remaining = 0, failures = 0, started_at = null, finished_at = null,
    backfill_id = coalesce(p_backfill, backfill_id), priority = p_priority where run_id = p_run;
  insert into event(at, dag_no, run_id, from_state, to_state, actor, why) values (clock_timestamp(), v_dag, p_run, v_was, 'q', p_by, p_why);
  perform pg_notify('pipelines_scheduler', '');
  return true;
end $$;
