-- Makes the instances of mapped tasks whose list is known: one an element, those over max_parallel held back. The mapped
-- task's own row (map_index -1) waits in 'w' and counts its instances down. An empty list skips; a value that is no list,
-- or one of more than 10,000 elements, fails the task with the reason. Elements that wait for the same index of an upstream
-- start as 'n'. Returns the rows that ended here, and those elements: to be decided.
-- A run that is run again finds old instances: their attempt numbers go on, so logs of both stay apart.
create or replace function expand(p_run bigint[], p_task int[], p_now timestamptz)
returns table(run_id bigint, task_no int, map_index int, state "char") language plpgsql as $$
#variable_conflict use_column
begin
  return query
  with mapped as (
    select i.run_id, i.task_no, d.max_parallel, d.n_index, case when d.n_index > 0 then d.trigger_rule else 0 end trigger_rule,
           d.lane_id, (d.priority + r.priority)::smallint priority,
           case when o.mapped then 'array' else jsonb_typeof(u.output) end kind,
           case when o.mapped then (                                   -- not its counter: of one that was never expanded that counts upstreams
                  select count(*)::int from task_instance e where e.run_id = i.run_id and e.task_no = d.over_no and e.map_index >= 0 and e.state = 's')
                when jsonb_typeof(u.output) = 'array' then jsonb_array_length(u.output) else 0 end n
    from unnest(p_run, p_task) i(run_id, task_no)
      join dag_run r on r.run_id = i.run_id
      join dag_task d on d.version_id = r.version_id and d.task_no = i.task_no
      left join dag_task o on o.version_id = r.version_id and o.task_no = d.over_no       -- a mapped one's list is its succeeded instances
      left join task_instance u on u.run_id = i.run_id and u.task_no = d.over_no and u.map_index = -1),
  parent as (
    update task_instance t set
      state = case when m.kind is distinct from 'array' or m.n > 10000 then 'f' when m.n = 0 then 'k' else 'w' end,
      unmet = m.n, ok = 0, failed = 0, skipped = 0, refused = 0, queued_at = null,
      finished_at = case when m.n = 0 or m.n > 10000 then p_now end
    from mapped m
    where t.run_id = m.run_id and t.task_no = m.task_no and t.map_index = -1
    returning t.run_id, t.task_no, t.state, m.n, m.kind, m.max_parallel, m.n_index, m.trigger_rule, m.lane_id, m.priority),
  made as (
    insert into task_instance(run_id, task_no, map_index, state, trigger_rule, lane_id, priority, unmet, queued_at)
    select p.run_id, p.task_no, i, s.state, p.trigger_rule, p.lane_id, p.priority, p.n_index, case when s.state = 'q' then p_now end
    from parent p cross join lateral generate_series(0, p.n - 1) i
      cross join lateral (select case when p.n_index = 0 and (p.max_parallel is null or i < p.max_parallel) then 'q' else 'n' end::"char" state) s
    where p.state = 'w'
    on conflict (run_id, task_no, map_index) do update set
      state = excluded.state, trigger_rule = excluded.trigger_rule, lane_id = excluded.lane_id, priority = excluded.priority,
      tries = 0, lost = 0, polls = 0, unmet = excluded.unmet, ok = 0, failed = 0, skipped = 0, refused = 0,
      queued_at = excluded.queued_at, first_started_at = null, started_at = null, finished_at = null, worker_id = null, output = null
    returning run_id, task_no, map_index, state, lane_id, priority, attempt, unmet),
  queued as (
    insert into ready_queue select lane_id, -priority, run_id, task_no, map_index from made where state = 'q'),
  counted as (
    update dag_run r set remaining = r.remaining + c.n
    from (select run_id, count(*)::int n from made group by run_id) c where r.run_id = c.run_id),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, why)
    select p_now, run_id, task_no, -1, 0, 'n', state,
           case when kind is distinct from 'array' then 'the mapped value is not a list but ' || coalesce(kind, 'nothing')
                when n > 10000 then format('the list has %s elements; the limit is 10,000', n)
                when n = 0 then 'the list is empty' else format('mapped over %s elements', n) end
    from parent
    union all
    select p_now, run_id, task_no, map_index, attempt, 'n', 'q', null from made where state = 'q')
  select p.run_id, p.task_no, -1, p.state from parent p where p.state <> 'w'
  union all
  select m.run_id, m.task_no, m.map_index, m.state from made m where m.state = 'n' and m.unmet > 0;
end $$;
