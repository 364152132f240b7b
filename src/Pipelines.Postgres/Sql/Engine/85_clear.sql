-- Clears task instances of a run, so that they run again: whole tasks (map index -1, with all their elements) and single
-- elements. The caller names everything, downstream included. Counters of all waiting instances are counted anew from what their
-- upstreams have come to. Returns how many instances were cleared. Refused (PL003) while the run is queued or being stopped.
-- Of the tasks p_keep the instances that are cleared keep their steps, those before p_from_step (84_kept_steps.sql).
create or replace function clear_tasks(p_run bigint, p_task int[], p_map int[], p_by text, p_why text, p_keep int[] default null, p_from_step text default null)
returns int language plpgsql as $$
declare
  v_now timestamptz; n int;
  c_task int[]; c_map int[]; c_to "char"[];                             -- what is cleared, and what it becomes
  s_task int[];                                                         -- tasks of single elements
  v_undone text; v_undoing boolean;
begin
  perform lock_run(p_run, 'clear');
  v_now := clock_timestamp();
  select string_agg(u.task_id, ', ' order by u.task_no), not bool_and(u.done) into v_undone, v_undoing
  from undone_tasks(p_run) u where not exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = u.task_no and c.map_index = -1);
  if v_undoing then
    raise exception 'What % has done is being undone. Clear that as well, or wait until it is and clear the whole run.', v_undone using errcode = 'PL003';
  elsif v_undone is not null then
    raise exception 'What % had done was undone. Clear that as well, or the whole run.', v_undone using errcode = 'PL003';
  end if;
  if p_keep is not null then
    perform put_steps_aside(p_run, p_task, p_map, p_keep, p_from_step);
  end if;
  with picked as (
    select t.task_no, t.map_index, t.trigger_rule in (15, 16, 17) callback,
           t.map_index >= 0 and exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = t.task_no and c.map_index = -1) whole
    from task_instance t
    where t.run_id = p_run and t.state <> 'x' and t.trigger_rule <> 18   -- not of tasks that the version has no more
      and (t.trigger_rule in (15, 16) and t.state <> 'n'                -- the run gets another verdict
        or t.trigger_rule = 17 and t.state <> 'n'                       -- what was undone is named, so that it can be undone again
        or t.trigger_rule not in (15, 16, 17)
           and exists (select 1 from unnest(p_task, p_map) c(task_no, map_index) where c.task_no = t.task_no and c.map_index in (-1, t.map_index))))
  select count(*) filter (where not callback), array_agg(task_no), array_agg(map_index), array_agg(case when whole then 'x' else 'n' end::"char"),
         array_agg(task_no) filter (where map_index >= 0 and not whole)
    into n, c_task, c_map, c_to, s_task from picked;
  if n = 0 then raise exception 'Run % has none of these task instances.', p_run using errcode = 'PL003'; end if;
  perform take_back(p_run, c_task, c_map, c_to, v_now, p_by, coalesce(p_why, 'cleared'));
  if p_keep is not null then
    update task_step set since = '-infinity' where run_id = p_run and since = 'infinity';
  end if;
  if s_task is not null then
    perform recount_mapped(p_run, s_task, v_now, p_by, 'an element was cleared');
  end if;
  perform resume_run(p_run, null, v_now, p_by, coalesce(p_why || ': ', '') || format('%s task instances cleared', n));
  return n;
end $$;
