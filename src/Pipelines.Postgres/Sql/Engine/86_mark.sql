-- Ends task instances by hand: succeeded, failed or skipped, whatever they have come to. Named as in clear_tasks. An attempt that runs is fenced. What is
-- below, had failed, and is not named itself (f, u, c; of a mapped group the same element) is cleared and decided anew, as all that waits. What is so already
-- is left alone. Returns how many instances were marked. Refused (PL003) while the run is queued or being stopped, and to mark as succeeded what people are
-- asked: whom and how many, the DAG says, and a mark is one operator's.
create or replace function mark_tasks(p_run bigint, p_task int[], p_map int[], p_state "char", p_by text, p_why text) returns int language plpgsql as $$
declare
  v_version int; v_now timestamptz; n int; m int; v_failed text; v_asks text;
  c_task int[]; c_map int[]; c_to "char"[];                             -- what is marked, and what is cleared below
  s_task int[];                                                         -- tasks of single elements
  v_word text := case p_state when 's' then 'succeeded' when 'f' then 'failed' when 'k' then 'skipped' end;
begin
  if v_word is null then raise exception 'A task cannot be marked %.', p_state using errcode = 'PL003'; end if;
  select version_id into v_version from lock_run(p_run, 'mark');
  v_now := clock_timestamp();
  with named as (
    select t.task_no, t.map_index, t.state,
           exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = t.task_no and c.map_index = -1) whole
    from task_instance t
    where t.run_id = p_run and t.state <> 'x' and t.trigger_rule not in (15, 16, 17, 18)
      and exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = t.task_no and c.map_index in (-1, t.map_index)))
  select count(*), array_agg(task_no) filter (where state <> p_state), array_agg(map_index) filter (where state <> p_state),
         array_agg(p_state) filter (where state <> p_state), array_agg(task_no) filter (where state <> p_state and map_index >= 0 and not whole)
    into n, c_task, c_map, c_to, s_task from named;
  if n = 0 then raise exception 'Run % has none of these task instances.', p_run using errcode = 'PL003'; end if;
  if c_task is null then return 0; end if;
  if p_state = 's' then
    select task_id into v_asks from dag_task where version_id = v_version and task_no = any(c_task) and wait -> 'approval' is not null order by task_no limit 1;
    if v_asks is not null then
      raise exception 'Task % asks people, so nobody marks it succeeded: they decide (pipelines approvals approve % %), or it is marked failed or skipped.', v_asks, p_run, v_asks using errcode = 'PL003';
    end if;
  end if;
  n := cardinality(c_task);
  if p_state = 'f' then
    select k.task_id into v_failed from dag_task k join dag_version v on v.version_id = k.version_id and v.fail_fast
    where k.version_id = v_version and k.task_no = any(c_task) and k.trigger_rule < 12 order by k.task_no limit 1;
  end if;
  perform take_back(p_run, c_task, c_map, c_to, v_now, p_by, concat_ws(': ', 'marked ' || v_word, p_why));

  with recursive below(task_no, map_index) as (
    select c.task_no, c.map_index from unnest(p_task, p_map) c(task_no, map_index)
    union
    select e.down_no, case when e.kind = 'i' then b.map_index else -1 end
    from below b join dag_edge e on e.version_id = v_version and e.up_no = b.task_no),
  affected as (
    select b.task_no, b.map_index from below b join task_instance t on t.run_id = p_run and t.task_no = b.task_no and t.map_index = b.map_index
    where t.state in ('f', 'u', 'c') and b.task_no <> all(p_task)),
  cleared as (                                                          -- a task's elements go with it
    select t.task_no, t.map_index, t.map_index >= 0 and w.task_no is not null whole
    from task_instance t
      left join affected w on w.task_no = t.task_no and w.map_index = -1
    where t.run_id = p_run and t.state <> 'x'
      and (w.task_no is not null or exists (select 1 from affected a where a.task_no = t.task_no and a.map_index = t.map_index))
    union all                                                           -- the run gets another verdict
    select t.task_no, t.map_index, false from task_instance t where t.run_id = p_run and (t.trigger_rule in (15, 16) and t.state <> 'n' or t.trigger_rule = 17 and t.state not in ('n', 's')))
  select array_agg(task_no), array_agg(map_index), array_agg(case when whole then 'x' else 'n' end::"char"),
         s_task || array_agg(task_no) filter (where map_index >= 0 and not whole)
    into c_task, c_map, c_to, s_task from cleared;
  m := coalesce(cardinality(c_task), 0);
  if m > 0 then
    perform take_back(p_run, c_task, c_map, c_to, v_now, p_by, 'cleared: a task above was marked ' || v_word);
  end if;
  if s_task is not null then
    perform recount_mapped(p_run, s_task, v_now, p_by, 'an element was marked');
  end if;
  perform resume_run(p_run, null, v_now, p_by, coalesce(p_why || ': ', '') || format('%s task instances marked %s', n, v_word));
  if v_failed is not null and exists (select 1 from dag_run where run_id = p_run and state = 'r' and remaining > 0 and verdict is null) then
    perform stop_run(p_run, 'f', p_by, format('fail-fast: task %s was marked failed', v_failed));
  end if;
  return n;
end $$;

-- Ends a run by hand. Succeeded: everything but what was skipped has succeeded, and what people were asked is skipped: a clear of what is below must not do it. Failed: what runs has failed, what has not ended is skipped. Teardowns that
-- have not ended go their normal way, and the run ends after them; its callbacks are called by its new verdict. A queued run ends at once; one that is being
-- stopped is not waited for any longer. Returns the run's state.
create or replace function mark_run(p_run bigint, p_state "char", p_by text, p_why text) returns "char" language plpgsql as $$
declare
  v_was "char"; v_dag int; v_version int; v_now timestamptz; v_why text;
  c_task int[]; c_map int[]; c_to "char"[];                             -- what is marked
  m_task int[];                                                         -- mapped tasks, which end as their elements do
begin
  if p_state not in ('s', 'f') then raise exception 'A run cannot be marked %.', p_state using errcode = 'PL003'; end if;
  select state, dag_no, version_id into v_was, v_dag, v_version from dag_run where run_id = p_run for no key update;
  if not found then raise exception 'There is no run %.', p_run using errcode = 'PL003'; end if;
  if v_was = p_state then return v_was; end if;
  perform 1 from pool where pool_id = any(select unnest(pools) from dag_version where version_id = v_version) order by pool_id for no key update;
  perform lock_queue(p_run);
  v_now := clock_timestamp();
  v_why := concat_ws(': ', 'marked ' || case p_state when 's' then 'succeeded' else 'failed' end, p_why);
  if v_was = 'q' then
    update dag_run set state = p_state, verdict = p_state, finished_at = v_now where run_id = p_run;
    insert into event(at, dag_no, run_id, from_state, to_state, actor, why) values (v_now, v_dag, p_run, v_was, p_state, p_by, v_why);
    perform tell_waits(array[p_run], null);
    perform pg_notify('pipelines_scheduler', '');
    return p_state;
  end if;
  with picked as (
    select t.task_no, t.map_index, t.map_index = -1 and exists (
             select 1 from task_instance e where e.run_id = p_run and e.task_no = t.task_no and e.map_index >= 0 and e.state <> 'x') expanded,
           case when t.trigger_rule in (15, 16, 17) then 'n'
                when p_state = 's' and exists (select 1 from dag_task k where k.version_id = v_version and k.task_no = t.task_no and k.wait -> 'approval' is not null) then 'k'
                when p_state = 's' then 's' when t.state = 'r' then 'f' else 'k' end::"char" become
    from task_instance t
    where t.run_id = p_run and t.trigger_rule <> 18
      and case when t.trigger_rule in (15, 16) then t.state <> 'n' when t.trigger_rule = 17 then t.state not in ('n', 's')
               when t.state in ('n', 'q', 'r', 'y', 'w', 'a') then t.trigger_rule <> 12
               else p_state = 's' and t.state in ('f', 'u', 'c') end)
  select array_agg(task_no) filter (where not expanded), array_agg(map_index) filter (where not expanded), array_agg(become) filter (where not expanded),
         array_agg(task_no) filter (where expanded)
    into c_task, c_map, c_to, m_task from picked;
  if c_task is not null then
    perform take_back(p_run, c_task, c_map, c_to, v_now, p_by, v_why);
  end if;
  if m_task is not null then
    perform recount_mapped(p_run, m_task, v_now, p_by, v_why);
  end if;
  return resume_run(p_run, p_state, v_now, p_by, v_why);
end $$;
