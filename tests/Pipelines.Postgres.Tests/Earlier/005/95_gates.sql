-- Lets instances go whose gate opens: by the past, when in the DAG's previous run the task of the same id has succeeded or was
-- skipped (and, where it waits for downstream, what follows it there too), or that run has no such task, or there is no such run. An
-- instance for the latest run only is skipped in any other. For runs that updates of assets started the run before is the one of that kind. Manual runs wait for nothing.
create or replace function open_gates(p_limit int) returns int language plpgsql as $$
declare v_runs bigint[]; n int; s_run bigint[]; s_task int[];
begin
  select array_agg(run_id order by run_id) into v_runs from (
    select distinct g.run_id from gate g where gate_verdict(g.run_id, g.task_no) <> 'w' order by g.run_id limit p_limit) x;
  if v_runs is null then return 0; end if;
  perform 1 from dag_run where run_id = any(v_runs) order by run_id for no key update;
  with opened as (
    delete from gate g using (
      select run_id, task_no, gate_verdict(run_id, task_no) verdict from gate where run_id = any(v_runs)) v
    where g.run_id = v.run_id and g.task_no = v.task_no and v.verdict <> 'w' returning g.run_id, g.task_no, v.verdict),
  up as (
    update task_instance t set state = o.verdict, queued_at = case o.verdict when 'q' then clock_timestamp() end, finished_at = case o.verdict when 'k' then clock_timestamp() end
    from opened o where t.run_id = o.run_id and t.task_no = o.task_no and t.map_index = -1 and t.state = 'w' and t.gated
    returning t.run_id, t.task_no, t.attempt, t.lane_id, t.priority, t.state),
  queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, -1 from up where state = 'q'),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select clock_timestamp(), run_id, task_no, -1, attempt, 'w', state, 'scheduler', case state when 'k' then 'not the latest run' end from up)
  select count(*), array_agg(run_id) filter (where state = 'k'), array_agg(task_no) filter (where state = 'k') into n, s_run, s_task from up;
  if s_run is not null then
    perform settle(s_run, s_task, array_fill(-1, array[cardinality(s_run)]), array_fill('k'::"char", array[cardinality(s_run)]), clock_timestamp(), null, 0, null);
  end if;
  if n > 0 then perform pg_notify('pipelines_worker', ''); end if;
  return n;
end $$;

-- q: it goes on; k: it is skipped; w: it waits.
create or replace function gate_verdict(p_run bigint, p_task int) returns "char" language plpgsql stable as $$
declare r dag_run; t dag_task; b dag_run; v_before int;
begin
  select * into r from dag_run where run_id = p_run;
  if r.kind = 'm' then return 'q'; end if;
  select * into t from dag_task where version_id = r.version_id and task_no = p_task;
  if r.kind = 'a' then                                                  -- runs that updates started are a line of their own
    if t.latest_only and exists (select 1 from dag_run n where n.dag_no = r.dag_no and n.scheduled_for > r.scheduled_for and n.kind = 'a') then return 'k'; end if;
  elsif t.latest_only and (r.kind = 'b'
    or exists (select 1 from dag_run n where n.dag_no = r.dag_no and n.scheduled_for > r.scheduled_for and n.kind = 's')
    or exists (select 1 from dag d where d.dag_no = r.dag_no and d.next_due <= clock_timestamp() and d.next_due > r.scheduled_for)) then return 'k'; end if;
  if not t.depends_on_past then return 'q'; end if;
  if r.kind = 'a' then
    select * into b from dag_run where dag_no = r.dag_no and scheduled_for < r.scheduled_for and kind = 'a' order by scheduled_for desc limit 1;
  else
    select * into b from dag_run where dag_no = r.dag_no and scheduled_for < r.scheduled_for and kind in ('s', 'b') order by scheduled_for desc limit 1;
  end if;
  if not found then return 'q'; end if;
  select task_no into v_before from dag_task where version_id = b.version_id and task_id = t.task_id;
  if not found then return 'q'; end if;
  if b.state = 'q' then return 'w'; end if;                             -- its instances are those of an earlier time, or none
  if not exists (select 1 from task_instance where run_id = b.run_id and task_no = v_before and map_index = -1 and state in ('s', 'k')) then return 'w'; end if;
  if t.wait_for_downstream and exists (
    select 1 from dag_edge e join task_instance i on i.run_id = b.run_id and i.task_no = e.down_no and i.map_index = -1
    where e.version_id = b.version_id and e.up_no = v_before and i.trigger_rule < 13 and i.state not in ('s', 'k')) then return 'w'; end if;
  return 'q';
end $$;
