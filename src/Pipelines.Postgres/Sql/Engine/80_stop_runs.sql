-- Stops a run: cancelled by a person (p_verdict c), or failed by its timeout or by fail-fast (f). What has not started ends now;
-- what runs is told (NOTIFY, and the answer to its worker's next heartbeat) and ends by its own report. Teardowns (rule 12) go
-- their normal way, and waiting callbacks of the run and undos (15 to 17) wait for its end. Returns the run's state, null when it is not open.
-- Queue rows go first: a claim in flight holds its row, and once it is gone its task runs.
create or replace function stop_run(p_run bigint, p_verdict "char", p_by text, p_why text) returns "char" language plpgsql as $$
declare v_was "char"; v_cancelling boolean; v_dag int; v_now timestamptz; c_task int[]; c_map int[];
begin
  select state, cancelling, dag_no into v_was, v_cancelling, v_dag from dag_run where run_id = p_run and state in ('q', 'r') for no key update;
  if not found then return null; end if;
  if v_cancelling then return v_was; end if;
  if v_was = 'q' then
    update dag_run set state = p_verdict, verdict = p_verdict, cancelling = true, finished_at = clock_timestamp() where run_id = p_run;
    insert into event(at, dag_no, run_id, from_state, to_state, actor, why) values (clock_timestamp(), v_dag, p_run, 'q', p_verdict, p_by, coalesce(p_why, 'cancelled'));
    perform tell_waits(array[p_run], null);
    perform pg_notify('pipelines_scheduler', '');
    return p_verdict;
  end if;

  delete from ready_queue q using task_instance t
  where q.run_id = p_run and t.run_id = q.run_id and t.task_no = q.task_no and t.map_index = q.map_index and t.trigger_rule not in (12, 17);
  delete from timer m using task_instance t
  where m.run_id = p_run and t.run_id = m.run_id and t.task_no = m.task_no and t.map_index = m.map_index and t.trigger_rule not in (12, 17);
  delete from gate where run_id = p_run;
  delete from wait w using task_instance t
  where w.run_id = p_run and t.run_id = w.run_id and t.task_no = w.task_no and t.map_index = w.map_index and t.trigger_rule not in (12, 17);
  delete from signal_wait w using task_instance t
  where w.run_id = p_run and t.run_id = w.run_id and t.task_no = w.task_no and t.map_index = w.map_index and t.trigger_rule not in (12, 17);
  delete from limit_wait w using task_instance t
  where w.run_id = p_run and t.run_id = w.run_id and t.task_no = w.task_no and t.map_index = w.map_index and t.trigger_rule not in (12, 17);
  v_now := clock_timestamp();
  update dag_run set cancelling = true, verdict = coalesce(verdict, p_verdict), deadline_at = null where run_id = p_run;
  insert into event(at, dag_no, run_id, from_state, to_state, actor, why) values (v_now, v_dag, p_run, 'r', 'r', p_by, coalesce(p_why, 'cancelling'));
  with c as (
    update task_instance t set state = 'c', finished_at = v_now
    from task_instance o
    where t.run_id = p_run and t.state in ('n', 'q', 'y', 'w', 'a') and t.trigger_rule not in (12, 17) and not (t.state = 'n' and t.trigger_rule in (15, 16, 17))
      and not (t.state = 'w' and t.lane_id = 0)                         -- a mapped task ends with its last element
      and o.run_id = t.run_id and o.task_no = t.task_no and o.map_index = t.map_index
    returning t.task_no, t.map_index, t.attempt, o.state was),
  unheld as (
    update limit_hold h set done = true from c where c.was = 'q' and h.run_id = p_run and h.task_no = c.task_no and h.map_index = c.map_index and not h.done),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select v_now, p_run, task_no, map_index, attempt, was, 'c', p_by, p_why from c)
  select array_agg(task_no), array_agg(map_index) into c_task, c_map from c;
  if c_task is not null then
    perform take_back_approvals(p_run, c_task, c_map, v_now);
    perform settle(array_fill(p_run, array[cardinality(c_task)]), c_task, c_map, array_fill('c'::"char", array[cardinality(c_task)]), v_now, null, 0, null);
  end if;
  perform pg_notify('pipelines_cancel', p_run::text);
  perform pg_notify('pipelines_scheduler', '');
  return (select state from dag_run where run_id = p_run);
end $$;

-- Fails runs that have taken longer than their timeout.
create or replace function expire_runs(p_limit int) returns int language plpgsql as $$
declare v_now timestamptz := clock_timestamp(); g record; n int := 0;
begin
  for g in                                                              -- the longest overdue, by the index of deadlines; locked in the order of runs
    select l.run_id, v.run_timeout
    from (select run_id, version_id from dag_run where state = 'r' and deadline_at <= v_now order by deadline_at limit p_limit) l
      join dag_version v on v.version_id = l.version_id
    order by l.run_id
  loop
    n := n + (stop_run(g.run_id, 'f', 'scheduler', format('the run took longer than its timeout of %s', make_interval(secs => g.run_timeout))) is not null)::int;
  end loop;
  return n;
end $$;
