-- Clears task instances of a run, so that they run again: whole tasks (map index -1, with all their elements) and single
-- elements. The caller names everything, downstream included. Counters of all waiting instances are counted anew from what their
-- upstreams have come to. Returns how many instances were cleared. Refused (PL003) while the run is queued or being stopped.
create or replace function clear_tasks(p_run bigint, p_task int[], p_map int[], p_by text, p_why text) returns int language plpgsql as $$
declare
  v_now timestamptz; n int;
  c_task int[]; c_map int[]; c_to "char"[];                             -- what is cleared, and what it becomes
  s_task int[];                                                         -- tasks of single elements
begin
  perform lock_run(p_run, 'clear');
  v_now := clock_timestamp();
  with picked as (
    select t.task_no, t.map_index, t.trigger_rule in (15, 16) callback,
           t.map_index >= 0 and exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = t.task_no and c.map_index = -1) whole
    from task_instance t
    where t.run_id = p_run and t.state <> 'x'
      and (t.trigger_rule in (15, 16) and t.state <> 'n'                -- the run gets another verdict
        or t.trigger_rule not in (15, 16)
           and exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = t.task_no and c.map_index in (-1, t.map_index))))
  select count(*) filter (where not callback), array_agg(task_no), array_agg(map_index), array_agg(case when whole then 'x' else 'n' end::"char"),
         array_agg(task_no) filter (where map_index >= 0 and not whole)
    into n, c_task, c_map, c_to, s_task from picked;
  if n = 0 then raise exception 'Run % has none of these task instances.', p_run using errcode = 'PL003'; end if;
  perform take_back(p_run, c_task, c_map, c_to, v_now, p_by, coalesce(p_why, 'cleared'));
  if s_task is not null then
    perform recount_mapped(p_run, s_task, v_now, p_by, 'an element was cleared');
  end if;
  perform resume_run(p_run, null, v_now, p_by, coalesce(p_why || ': ', '') || format('%s task instances cleared', n));
  return n;
end $$;
