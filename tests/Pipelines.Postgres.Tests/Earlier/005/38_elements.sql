-- Counts instances of mapped tasks that have ended in at their mapped task, and lets as many held-back ones go.
-- Returns the mapped tasks whose last instance that was.
create or replace function count_elements(p_run bigint[], p_task int[], p_map int[], p_state "char"[], p_now timestamptz)
returns table(runs bigint[], tasks int[], states "char"[]) language plpgsql as $$
begin
  return query
  with ended as (
    select w.run_id, w.task_no, count(*)::int n, (count(*) filter (where w.state = 's'))::int ok,
           (count(*) filter (where w.state in ('f', 'c')))::int failed, (count(*) filter (where w.state = 'u'))::int refused,
           (count(*) filter (where w.state = 'k'))::int skipped, min(w.map_index) least
    from unnest(p_run, p_task, p_map, p_state) w(run_id, task_no, map_index, state) where w.map_index >= 0 group by w.run_id, w.task_no),
  parent as (
    update task_instance t set unmet = t.unmet - e.n, ok = t.ok + e.ok, failed = t.failed + e.failed, skipped = t.skipped + e.skipped,
      refused = t.refused + e.refused,
      state = case when t.unmet > e.n then t.state
                   when t.failed + e.failed > 0 then case when exists (
                     select 1 from task_instance x where x.run_id = t.run_id and x.task_no = t.task_no and x.map_index >= 0 and x.state = 'f') then 'f'::"char" else 'c'::"char" end
                   when t.refused + e.refused > 0 then 'u' when t.ok + e.ok > 0 then 's' else 'k' end,
      finished_at = case when t.unmet = e.n then p_now end
    from ended e where t.run_id = e.run_id and t.task_no = e.task_no and t.map_index = -1 and t.state = 'w'
    returning t.run_id, t.task_no, t.state, t.ok, t.failed, t.skipped, t.refused),
  released as (
    update task_instance t set state = 'q', queued_at = p_now
    from ended e
      join dag_run r on r.run_id = e.run_id and not r.cancelling
      join dag_task d on d.version_id = r.version_id and d.task_no = e.task_no and d.max_parallel is not null
      cross join lateral (                                              -- the next above; only a clear leaves any below
        select h.map_index from (
          (select h.map_index from task_instance h
           where h.run_id = e.run_id and h.task_no = e.task_no and h.map_index > e.least and h.state = 'n' order by h.map_index limit e.n)
          union all
          (select h.map_index from task_instance h
           where h.run_id = e.run_id and h.task_no = e.task_no and h.map_index between 0 and e.least and h.state = 'n' order by h.map_index limit e.n)) h
        limit e.n) h
    where t.run_id = e.run_id and t.task_no = e.task_no and t.map_index = h.map_index and t.state = 'n'
    returning t.run_id, t.task_no, t.map_index, t.lane_id, t.priority, t.attempt),
  queued as (insert into ready_queue select x.lane_id, -x.priority, x.run_id, x.task_no, x.map_index from released x),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, why)
    select p_now, x.run_id, x.task_no, x.map_index, x.attempt, 'n', 'q', null from released x
    union all
    select p_now, p.run_id, p.task_no, -1, 0, 'w', p.state, format('%s succeeded, %s failed, %s skipped', p.ok, p.failed + p.refused, p.skipped)
    from parent p where p.state <> 'w')
  select array_agg(p.run_id), array_agg(p.task_no), array_agg(p.state) from parent p where p.state <> 'w';
end $$;

-- What ended instances count at the instances of mapped groups that wait for the same index. An upstream that ended without
-- having elements (skipped, its upstream failed, its list was none) counts for every index.
create or replace function count_by_index(p_run bigint[], p_task int[], p_map int[], p_state "char"[])
returns table(run_id bigint, down_no int, map_index int, n int, ok int, failed int, blocked int, skipped int, refused int)
language plpgsql stable rows 10 as $$
#variable_conflict use_column
begin
  return query
  with edge as (
    select w.run_id, e.down_no, i.map_index, w.state,
           w.state = 's' and e.when_value is not null and e.when_value is distinct from
             (select u.output from task_instance u where u.run_id = w.run_id and u.task_no = w.task_no and u.map_index = w.map_index) refused
    from unnest(p_run, p_task, p_map, p_state) w(run_id, task_no, map_index, state)
      join dag_run r on r.run_id = w.run_id
      cross join lateral (select e.down_no, e.when_value from dag_edge e where e.version_id = r.version_id and e.up_no = w.task_no and e.kind = 'i' offset 0) e
      cross join lateral (
        select w.map_index where w.map_index >= 0
        union all
        select t.map_index from task_instance t
        where w.map_index = -1 and t.run_id = w.run_id and t.task_no = e.down_no and t.map_index >= 0 and t.state = 'n'
          and not exists (select 1 from task_instance u where u.run_id = w.run_id and u.task_no = w.task_no and u.map_index >= 0 and u.state <> 'x')) i)
  select run_id, down_no, map_index, count(*)::int, (count(*) filter (where state = 's' and not refused))::int,
         (count(*) filter (where state in ('f', 'c')))::int, (count(*) filter (where state = 'u'))::int,
         (count(*) filter (where state = 'k'))::int, (count(*) filter (where refused))::int
  from edge group by run_id, down_no, map_index;
end $$;
