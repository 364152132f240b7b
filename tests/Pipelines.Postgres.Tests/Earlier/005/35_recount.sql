-- Computes the counters of waiting instances from how their upstreams have ended by now: after a clear, and of elements that
-- are made when some of their upstreams have ended already. An upstream that ended without elements counts for every index.
-- One that is left out of the run does not count at all, and what has no other runs whatever its rule, as what has none.
create or replace function recount(p_run bigint[], p_task int[], p_map int[]) returns void language plpgsql as $$
begin
  with woken as (
    select t.run_id, t.task_no, t.map_index, r.version_id, r.left_out,
           case when r.left_out is null then t.trigger_rule else (     -- of rows and elements in mapped groups as in start_runs and expand
             select case when d.n_index = 0 and w.map_index = -1 or d.n_index > 0 and w.map_index >= 0 then d.trigger_rule else 0 end
             from dag_task d where d.version_id = r.version_id and d.task_no = w.task_no) end trigger_rule
    from unnest(p_run, p_task, p_map) w(run_id, task_no, map_index)
      join dag_run r on r.run_id = w.run_id
      join task_instance t on t.run_id = w.run_id and t.task_no = w.task_no and t.map_index = w.map_index and t.state = 'n'),
  upstream as (
    select w.run_id, w.task_no, w.map_index, w.trigger_rule, e.kind, coalesce(x.state, u.state) state,
           e.when_value is not null and e.when_value is distinct from case when x.state is null then u.output else x.output end refused
    from woken w
      cross join lateral (
        select e.up_no, e.kind, e.when_value from dag_edge e
        where e.version_id = w.version_id and e.down_no = w.task_no and (e.kind = 'i') = (w.map_index >= 0) and e.up_no <> all(coalesce(w.left_out, '{}'))) e
      join task_instance u on u.run_id = w.run_id and u.task_no = e.up_no and u.map_index = -1
      left join task_instance x on e.kind = 'i' and x.run_id = w.run_id and x.task_no = e.up_no and x.map_index = w.map_index and x.state <> 'x'),
  counted as (
    select w.run_id, w.task_no, w.map_index,
           (count(*) filter (where u.state in ('n', 'q', 'r', 'y', 'w')))::int unmet,
           (count(*) filter (where u.kind <> 'w' and u.state = 's' and not u.refused))::int ok,
           (count(*) filter (where u.kind <> 'w' and (u.state in ('f', 'c') or u.state = 'u' and w.trigger_rule not in (9, 13))))::int failed,
           (count(*) filter (where u.kind <> 'w' and (u.state = 'k' or u.state = 'u' and w.trigger_rule in (9, 13))))::int skipped,
           (count(*) filter (where u.kind <> 'w' and u.state = 's' and u.refused))::int refused,
           case when w.left_out <> '{}' and count(u.kind) = 0 and w.trigger_rule < 12 then 0 else w.trigger_rule end trigger_rule
    from woken w left join upstream u on u.run_id = w.run_id and u.task_no = w.task_no and u.map_index = w.map_index
    group by w.run_id, w.task_no, w.map_index, w.trigger_rule, w.version_id, w.left_out)
  update task_instance t set unmet = c.unmet, ok = c.ok, failed = c.failed, skipped = c.skipped, refused = c.refused, trigger_rule = c.trigger_rule
  from counted c where t.run_id = c.run_id and t.task_no = c.task_no and t.map_index = c.map_index;
end $$;
