-- Moves runs forward after instances have ended: counts them in at their downstream instances, decides those by their
-- trigger rules, and repeats for what that ended (skips, upstream failures), wave by wave. Then takes the ended ones off
-- their runs and ends runs that have none left. The caller holds the run locks and says whom ready successors are handed
-- to: up to p_want of them start at once on p_worker, if their lane is one of its unlimited lanes p_lanes and nothing
-- of higher priority waits; the others go to the queue.
-- Returns what was handed over: it is running already.
create or replace function settle(
  p_run bigint[], p_task int[], p_map int[], p_state "char"[], p_now timestamptz, p_worker int, p_want int, p_lanes smallint[])
returns table(run_id bigint, task_no int, map_index int) language plpgsql as $$
#variable_conflict use_column
declare
  w_run bigint[] := p_run; w_task int[] := p_task; w_map int[] := p_map; w_state "char"[] := p_state;   -- this wave
  a_run bigint[] := p_run; a_state "char"[] := p_state;                                                 -- all that ended
  t_run bigint[]; t_task int[];                                                                          -- handed over
  x_run bigint[]; x_task int[];                                                                          -- mapped tasks to expand
  m_run bigint[]; m_task int[]; m_state "char"[];                                                        -- mapped tasks that ended
  n_run bigint[]; n_task int[]; n_state "char"[];
  v_left int := p_want; v_best smallint;
begin
  if p_want > 0 then
    select min(q.rank) into v_best
    from unnest(p_lanes) l cross join lateral (select rank from ready_queue where lane_id = l order by rank limit 1) q;
  end if;

  while w_run is not null loop
    m_run := null; m_task := null; m_state := null;
    if 0 <= any(w_map) then
      -- Instances of mapped tasks are counted in at their mapped task, and let the next held-back one go.
      with ended as (
        select run_id, task_no, count(*)::int n, (count(*) filter (where state = 's'))::int ok,
               (count(*) filter (where state in ('f', 'u', 'c')))::int failed, (count(*) filter (where state = 'k'))::int skipped, min(map_index) least
        from unnest(w_run, w_task, w_map, w_state) w(run_id, task_no, map_index, state) where map_index >= 0 group by run_id, task_no),
      parent as (
        update task_instance t set unmet = t.unmet - e.n, ok = t.ok + e.ok, failed = t.failed + e.failed, skipped = t.skipped + e.skipped,
          state = case when t.unmet > e.n then t.state when t.failed + e.failed > 0 then 'f' when t.ok + e.ok > 0 then 's' else 'k' end,
          finished_at = case when t.unmet = e.n then p_now end
        from ended e where t.run_id = e.run_id and t.task_no = e.task_no and t.map_index = -1 and t.state = 'w'
        returning t.run_id, t.task_no, t.state, t.ok, t.failed, t.skipped),
      released as (
        update task_instance t set state = 'q', queued_at = p_now
        from ended e
          join dag_run r on r.run_id = e.run_id and not r.cancelling
          join dag_task d on d.version_id = r.version_id and d.task_no = e.task_no and d.max_parallel is not null
          cross join lateral (
            select h.map_index from task_instance h
            where h.run_id = e.run_id and h.task_no = e.task_no and h.map_index > e.least and h.state = 'n'
            order by h.map_index limit e.n) h
        where t.run_id = e.run_id and t.task_no = e.task_no and t.map_index = h.map_index and t.state = 'n'
        returning t.run_id, t.task_no, t.map_index, t.lane_id, t.priority, t.attempt),
      queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, map_index from released),
      told as (
        insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, why)
        select p_now, run_id, task_no, map_index, attempt, 'n', 'q', null from released
        union all
        select p_now, run_id, task_no, -1, 0, 'w', state, format('%s succeeded, %s failed, %s skipped', ok, failed, skipped) from parent where state <> 'w')
      select array_agg(run_id), array_agg(task_no), array_agg(state) into m_run, m_task, m_state from parent where state <> 'w';
    end if;

    with ended as (
      select w.run_id, w.task_no, w.state from unnest(w_run, w_task, w_map, w_state) w(run_id, task_no, map_index, state) where w.map_index = -1),
    edge as (                                                     -- offset 0 keeps it a probe of (version, upstream) whatever the statistics say
      select w.run_id, w.state, e.down_no,
             w.state = 's' and e.when_value is not null and e.when_value is distinct from
               (select u.output from task_instance u where u.run_id = w.run_id and u.task_no = w.task_no and u.map_index = -1) refused
      from ended w join dag_run r on r.run_id = w.run_id
        cross join lateral (select e.down_no, e.when_value from dag_edge e where e.version_id = r.version_id and e.up_no = w.task_no offset 0) e),
    down as (
      select run_id, down_no, count(*)::int n, (count(*) filter (where state = 's' and not refused))::int ok,
             (count(*) filter (where state in ('f', 'u', 'c')))::int failed, (count(*) filter (where state = 'k'))::int skipped,
             (count(*) filter (where refused))::int refused
      from edge group by run_id, down_no),
    decided as (
      select x.*, case when x.next = 'q' and x.lane_id = any(p_lanes) and -x.priority <= coalesce(v_best, -x.priority)
                       then row_number() over (partition by x.next = 'q' and x.lane_id = any(p_lanes) order by x.priority desc, x.run_id, x.task_no) <= v_left
                       else false end taken
      from (
        select t.run_id, t.task_no, t.lane_id, t.priority, d.n, d.ok, d.failed, d.skipped, d.refused,
               next_state(t.trigger_rule, t.unmet - d.n, t.ok + d.ok, t.failed + d.failed, t.skipped + d.skipped, t.refused + d.refused) next
        from down d join task_instance t on t.run_id = d.run_id and t.task_no = d.down_no and t.map_index = -1
        where t.state = 'n') x),
    moved as (
      update task_instance t set
        unmet = t.unmet - d.n, ok = t.ok + d.ok, failed = t.failed + d.failed, skipped = t.skipped + d.skipped, refused = t.refused + d.refused,
        state = case when d.taken then 'r' when d.next = 'q' and t.lane_id = 0 then 'w' else d.next end,
        attempt = t.attempt + d.taken::int, tries = t.tries + d.taken::int, worker_id = case when d.taken then p_worker end,
        queued_at = case when d.next = 'q' then p_now end,
        first_started_at = case when d.taken then p_now end, started_at = case when d.taken then p_now end,
        finished_at = case when d.next in ('k', 'u') then p_now end
      from decided d where t.run_id = d.run_id and t.task_no = d.task_no and t.map_index = -1
      returning t.run_id, t.task_no, t.state, t.lane_id, t.priority, t.attempt, t.failed, t.skipped, t.refused),
    queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, -1 from moved where state = 'q'),
    told as (
      insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, worker_id, why)
      select p_now, run_id, task_no, -1, attempt, 'n', state, case when state = 'r' then p_worker end,
             case when state = 'u' then format('%s upstream failed', failed)
                  when state = 'k' and refused > 0 then 'the branch took another way'
                  when state = 'k' then 'by its trigger rule' end
      from moved where state not in ('n', 'w'))
    select t_run || array_agg(run_id) filter (where state = 'r'), t_task || array_agg(task_no) filter (where state = 'r'),
           array_agg(run_id) filter (where state = 'w'), array_agg(task_no) filter (where state = 'w'),
           array_agg(run_id) filter (where state in ('k', 'u')), array_agg(task_no) filter (where state in ('k', 'u')),
           array_agg(state) filter (where state in ('k', 'u'))
      into t_run, t_task, x_run, x_task, n_run, n_task, n_state from moved where state <> 'n';

    if x_run is not null then
      select n_run || array_agg(run_id), n_task || array_agg(task_no), n_state || array_agg(state)
        into n_run, n_task, n_state from expand(x_run, x_task, p_now);
    end if;
    v_left := p_want - coalesce(cardinality(t_run), 0);
    w_run := n_run || m_run; w_task := n_task || m_task; w_state := n_state || m_state;
    exit when w_run is null;
    w_map := array_fill(-1, array[cardinality(w_run)]);
    a_run := a_run || w_run; a_state := a_state || w_state;
  end loop;

  with ended as (
    select run_id, count(*)::int n, (count(*) filter (where state in ('f', 'u')))::int failures
    from unnest(a_run, a_state) a(run_id, state) group by run_id),
  moved as (
    update dag_run r set remaining = r.remaining - e.n, failures = r.failures + e.failures,
      state = case when r.remaining > e.n then r.state when r.cancelling then 'c'
                   when r.failures + e.failures = 0 then 's' else run_verdict(r.run_id) end,
      finished_at = case when r.remaining = e.n then p_now end
    from ended e where r.run_id = e.run_id
    returning r.run_id, r.dag_no, r.state, r.failures)
  insert into event(at, dag_no, run_id, from_state, to_state, why)
  select p_now, dag_no, run_id, 'r', state, case when state = 's' and failures > 0 then 'succeeded with failures that were handled' end
  from moved where state <> 'r';
  if found and (exists (select 1 from dag_run where state = 'q') or exists (select 1 from backfill where state = 'r')) then
    perform pg_notify('pipelines_scheduler', '');               -- a place is free: the next run may start
  end if;
  if t_run is not null then
    return query select r, t, -1 from unnest(t_run, t_task) x(r, t);
  end if;
end $$;
