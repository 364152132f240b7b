-- Makes the next runs of a backfill, guarded by the cursor they were computed from. Dates that have a run are treated as the
-- backfill says: left alone, run again when failed or cancelled, or run again when ended; what is queued or running is never touched.
create or replace function pace_backfill(
  p_backfill bigint, p_expected timestamptz, p_for timestamptz[], p_start timestamptz[], p_end timestamptz[], p_cursor timestamptz, p_done boolean)
returns int language plpgsql as $$
declare
  v_dag int; v_version int; v_existing text; v_made bigint[]; v_again bigint[]; v_by text; r bigint; n int := 0;
  v_tasks text[]; v_arguments jsonb; v_moved int; v_done boolean;
begin
  select b.dag_no, d.version_id, b.existing, 'backfill ' || b.backfill_id, b.tasks, b.arguments, case when b.on_version = 'current' then d.version_id end
    into v_dag, v_version, v_existing, v_by, v_tasks, v_arguments, v_moved
  from backfill b join dag d on d.dag_no = b.dag_no where b.backfill_id = p_backfill for no key update of d;
  perform 1 from backfill where backfill_id = p_backfill and state = 'r' and cursor_at is not distinct from p_expected for no key update;
  if not found then return 0; end if;
  if v_existing <> 'missing' then
    select array_agg(run_id order by run_id) into v_again from dag_run
    where dag_no = v_dag and scheduled_for = any(p_for) and kind in ('s', 'b') and backfill_id is distinct from p_backfill
      and state = any(case v_existing when 'failed' then '{f,c}' else '{s,f,c}' end::"char"[]);
    if v_again is not null then
      foreach r in array v_again loop
        if v_tasks is null then
          v_done := rerun_run(r, p_backfill, -1000::smallint, v_by, 'run again by ' || v_by, v_moved);
        else
          v_done := rerun_part(r, v_tasks, p_backfill, -1000::smallint, v_by, 'run again in part by ' || v_by, v_moved);
        end if;
        n := n + v_done::int;
        if v_done and v_arguments is not null then
          update dag_run set arguments = v_arguments where run_id = r;
        end if;
      end loop;
    end if;
  end if;
  v_made := make_runs(v_dag, v_version, 'b', p_for, p_start, p_end, v_arguments, p_backfill, -1000::smallint, v_by, null);
  if v_tasks is not null then
    perform leave_out(v_made, array(
      select task_no from dag_task where version_id = v_version and task_id <> all(v_tasks) and trigger_rule not in (15, 16, 17)), 'no part of ' || v_by);
  end if;
  update backfill set cursor_at = coalesce(p_cursor, cursor_at), paced = p_done,
    total = case when p_done then (select count(*) from dag_run where backfill_id = p_backfill) else total end
  where backfill_id = p_backfill;
  return n + cardinality(v_made);
end $$;

-- Ends backfills whose runs have all ended.
create or replace function finish_backfills() returns int language plpgsql as $$
declare n int;
begin
  with ended as (
    update backfill b set finished_at = clock_timestamp(),
      state = case when exists (select 1 from dag_run r where r.backfill_id = b.backfill_id and r.state in ('f', 'c')) then 'f' else 's' end
    where b.state = 'r' and b.paced and not exists (select 1 from dag_run r where r.backfill_id = b.backfill_id and r.state in ('q', 'r'))
    returning b.backfill_id, b.dag_no, b.state),
  told as (
    insert into event(at, dag_no, actor, why)
    select clock_timestamp(), dag_no, 'scheduler', format('backfill %s %s', backfill_id, case state when 's' then 'succeeded' else 'ended with failures' end) from ended)
  select count(*) into n from ended;
  return n;
end $$;

-- Cancels a backfill: no further runs, its queued ones end now, and with p_stop those that run are cancelled too.
create or replace function cancel_backfill(p_backfill bigint, p_stop boolean, p_by text, p_why text default null) returns boolean language plpgsql as $$
declare v_dag int; r bigint;
begin
  select dag_no into v_dag from backfill where backfill_id = p_backfill;
  perform 1 from dag where dag_no = v_dag for no key update;              -- no run of it starts meanwhile
  update backfill set state = 'c', paced = true, finished_at = clock_timestamp() where backfill_id = p_backfill and state in ('r', 'p');
  if not found then return false; end if;
  for r in select run_id from dag_run where backfill_id = p_backfill and state = any(case when p_stop then '{q,r}' else '{q}' end::"char"[]) order by run_id loop
    perform stop_run(r, 'c', p_by, concat_ws(': ', 'its backfill was cancelled', p_why));
  end loop;
  insert into event(at, dag_no, actor, why) values (clock_timestamp(), v_dag, p_by, format('backfill %s %s', p_backfill, concat_ws(': ', 'cancelled', p_why)));
  return true;
end $$;

-- Runs dates of a backfill again that have failed or were cancelled before p_before, the first p_limit of them; a backfill that has ended is open again.
-- Returns how many; call again while that is p_limit. The caller has locked the dag and the backfill.
create or replace function retry_backfill(p_backfill bigint, p_before timestamptz, p_limit int, p_by text, p_why text) returns int language plpgsql as $$
declare v_runs bigint[]; r bigint; n int := 0; v_tasks text[]; v_moved int;
begin
  select b.tasks, case when b.on_version = 'current' then d.version_id end into v_tasks, v_moved
  from backfill b join dag d on d.dag_no = b.dag_no where b.backfill_id = p_backfill;
  v_runs := array(
    select run_id from (
      select run_id, finished_at from dag_run where backfill_id = p_backfill and state = 'f'
      union all
      select run_id, finished_at from dag_run where backfill_id = p_backfill and state = 'c') x
    where finished_at < p_before order by run_id limit p_limit);
  foreach r in array v_runs loop
    n := n + (case when v_tasks is null then rerun_run(r, null, null, p_by, p_why, v_moved) else rerun_part(r, v_tasks, null, null, p_by, p_why, v_moved) end)::int;
  end loop;
  if n > 0 then
    update backfill set state = case when state = 'p' then 'p' else 'r' end, finished_at = null where backfill_id = p_backfill;
  end if;
  return n;
end $$;
