-- Moves runs forward after instances have ended: counts them in at their downstream instances, decides those by their
-- trigger rules, and repeats for what that ended (skips, upstream failures), wave by wave. Then takes the ended ones off
-- their runs and ends runs that have none left. Waiting instances that are woken (p_woken_...) are counted anew and decided.
-- The caller holds the run locks and says whom ready successors are handed to: up to p_want of them start at once on
-- p_worker, if their lane is one of its unlimited lanes p_lanes and nothing of higher priority waits; the others go to the queue.
-- Returns what was handed over: it is running already.
create or replace function settle(
  p_run bigint[], p_task int[], p_map int[], p_state "char"[], p_now timestamptz, p_worker int, p_want int, p_lanes smallint[],
  p_woken_run bigint[] default null, p_woken_task int[] default null, p_woken_map int[] default null)
returns table(run_id bigint, task_no int, map_index int) language plpgsql as $$
#variable_conflict use_column
declare
  w_run bigint[] := p_run; w_task int[] := p_task; w_map int[] := p_map; w_state "char"[] := p_state;   -- ended: this wave
  e_run bigint[] := p_woken_run; e_task int[] := p_woken_task; e_map int[] := p_woken_map;              -- woken: this wave
  a_run bigint[] := p_run; a_task int[] := p_task; a_map int[] := p_map; a_state "char"[] := p_state;   -- all that ended
  t_run bigint[]; t_task int[]; t_map int[];                                                             -- handed over
  x_run bigint[]; x_task int[];                                                                          -- mapped tasks to expand
  m_run bigint[]; m_task int[]; m_state "char"[];                                                        -- mapped tasks that ended
  n_run bigint[]; n_task int[]; n_map int[]; n_state "char"[];                                           -- ended by this wave
  v_left int := p_want; v_best smallint; v_groups boolean; v_ended boolean; v_called bigint[]; v_undoing bigint[]; g record;
begin
  if p_want > 0 then
    select min(q.rank) into v_best
    from unnest(p_lanes) l cross join lateral (select rank from ready_queue where lane_id = l order by rank limit 1) q;
  end if;

  while w_run is not null or e_run is not null loop
    m_run := null; m_task := null; m_state := null;
    if 0 <= any(w_map) then
      select * into m_run, m_task, m_state from count_elements(w_run, w_task, w_map, w_state, p_now);
    end if;
    if e_run is not null then
      perform recount(e_run, e_task, e_map);
    end if;
    -- Only what did not succeed, and elements, can count by index; most versions have no mapped group at all.
    if v_groups is null and (0 <= any(w_map) or not 's'::"char" = all(w_state)) then
      v_groups := exists (select 1 from dag_run d join dag_version v on v.version_id = d.version_id where d.run_id = any(a_run) and v.groups);
    end if;

    with edge as (                                                -- offset 0 keeps it a probe of (version, upstream) whatever the statistics say
      select w.run_id, w.state, e.down_no, e.kind = 'o' counts,
             w.state = 's' and e.when_value is not null and e.when_value is distinct from
               (select u.output from task_instance u where u.run_id = w.run_id and u.task_no = w.task_no and u.map_index = -1) refused
      from unnest(w_run, w_task, w_map, w_state) w(run_id, task_no, map_index, state) join dag_run r on r.run_id = w.run_id
        cross join lateral (select e.down_no, e.when_value, e.kind from dag_edge e where e.version_id = r.version_id and e.up_no = w.task_no and e.kind <> 'i' offset 0) e
      where w.map_index = -1),
    down as (
      select d.* from (
        select run_id, down_no, -1 map_index, count(*)::int n, (count(*) filter (where counts and state = 's' and not refused))::int ok,
               (count(*) filter (where counts and state in ('f', 'c')))::int failed, (count(*) filter (where counts and state = 'u'))::int blocked,
               (count(*) filter (where counts and state = 'k'))::int skipped, (count(*) filter (where counts and refused))::int refused
        from edge group by run_id, down_no
        union all
        select i.* from count_by_index(w_run, w_task, w_map, w_state) i where v_groups) d
      -- What was woken is counted already, with what has ended in this wave.
      where e_run is null or not exists (
        select 1 from unnest(e_run, e_task, e_map) e(run_id, task_no, map_index) where e.run_id = d.run_id and e.task_no = d.down_no and e.map_index = d.map_index)
      union all
      select e.run_id, e.task_no, e.map_index, 0, 0, 0, 0, 0, 0 from unnest(e_run, e_task, e_map) e(run_id, task_no, map_index)),
    decided as (
      select x.*, case when x.next = 'q' and x.lane_id = any(p_lanes) and not x.gated and -x.priority <= coalesce(v_best, -x.priority)
                       then row_number() over (partition by x.next = 'q' and x.lane_id = any(p_lanes) and not x.gated
                                               order by x.priority desc, x.run_id, x.task_no, x.map_index) <= v_left
                       else false end taken
      from (
        select t.run_id, t.task_no, t.map_index, t.lane_id, t.priority, t.gated, t.unmet - d.n unmet, t.ok + d.ok ok,
               t.failed + d.failed + b.failed failed, t.skipped + d.skipped + b.skipped skipped, t.refused + d.refused refused,
               next_state(t.trigger_rule, t.unmet - d.n, t.ok + d.ok, t.failed + d.failed + b.failed, t.skipped + d.skipped + b.skipped, t.refused + d.refused) next
        from down d
          join task_instance t on t.run_id = d.run_id and t.task_no = d.down_no and t.map_index = d.map_index
          cross join lateral (                                    -- an upstream that was kept from running has not failed by itself
            select case when t.trigger_rule in (9, 13) then 0 else d.blocked end failed, case when t.trigger_rule in (9, 13) then d.blocked else 0 end skipped) b
        where t.state = 'n') x),
    moved as (
      update task_instance t set
        unmet = d.unmet, ok = d.ok, failed = d.failed, skipped = d.skipped, refused = d.refused,
        state = case when d.taken then 'r' when d.next = 'q' and (t.lane_id = 0 or t.gated) then 'w' else d.next end,
        attempt = t.attempt + (d.taken and t.attempt < 32767)::int, tries = t.tries + d.taken::int, worker_id = case when d.taken then p_worker end,
        queued_at = case when d.next = 'q' then p_now end,
        first_started_at = coalesce(t.first_started_at, case when d.taken then p_now end), started_at = case when d.taken then p_now end,
        finished_at = case when d.next in ('k', 'u') then p_now end
      from decided d where t.run_id = d.run_id and t.task_no = d.task_no and t.map_index = d.map_index
      returning t.run_id, t.task_no, t.map_index, t.state, t.lane_id, t.priority, t.gated, t.attempt, t.failed, t.skipped, t.refused),
    queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, map_index from moved where state = 'q'),
    gates as (insert into gate select run_id, task_no from moved where state = 'w' and gated),
    told as (
      insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, worker_id, why)
      select p_now, run_id, task_no, map_index, attempt, 'n', state, case when state = 'r' then p_worker end,
             case when state = 'u' and failed > 0 then format('%s upstream failed', failed)
                  when state = 'u' then 'no upstream succeeded'
                  when state = 'k' and refused > 0 then 'the branch took another way'
                  when state = 'k' then 'by its trigger rule'
                  when state = 'w' then 'waits for the previous run' end
      from moved where state <> 'n' and (state <> 'w' or gated))
    select t_run || array_agg(run_id) filter (where state = 'r'), t_task || array_agg(task_no) filter (where state = 'r'),
           t_map || array_agg(map_index) filter (where state = 'r'),
           array_agg(run_id) filter (where state = 'w' and not gated), array_agg(task_no) filter (where state = 'w' and not gated),
           array_agg(run_id) filter (where state in ('k', 'u')), array_agg(task_no) filter (where state in ('k', 'u')),
           array_agg(map_index) filter (where state in ('k', 'u')), array_agg(state) filter (where state in ('k', 'u'))
      into t_run, t_task, t_map, x_run, x_task, n_run, n_task, n_map, n_state from moved where state <> 'n';

    e_run := null; e_task := null; e_map := null;
    if x_run is not null then
      select n_run || array_agg(run_id) filter (where state <> 'n'), n_task || array_agg(task_no) filter (where state <> 'n'),
             n_map || array_agg(map_index) filter (where state <> 'n'), n_state || array_agg(state) filter (where state <> 'n'),
             array_agg(run_id) filter (where state = 'n'), array_agg(task_no) filter (where state = 'n'), array_agg(map_index) filter (where state = 'n')
        into n_run, n_task, n_map, n_state, e_run, e_task, e_map from expand(x_run, x_task, p_now);
    end if;
    v_left := p_want - coalesce(cardinality(t_run), 0);
    w_run := n_run || m_run; w_task := n_task || m_task; w_state := n_state || m_state;
    w_map := n_map || case when m_run is not null then array_fill(-1, array[cardinality(m_run)]) end;
    a_run := a_run || w_run; a_task := a_task || w_task; a_map := a_map || w_map; a_state := a_state || w_state;
  end loop;

  with ended as (
    select run_id, count(*)::int n, (count(*) filter (where state in ('f', 'u')))::int failures
    from unnest(a_run, a_state) a(run_id, state) group by run_id),
  moved as (
    update dag_run r set remaining = r.remaining - e.n, failures = r.failures + e.failures,
      state = case when r.remaining > e.n or r.callbacks > 0 then r.state
                   else coalesce(r.verdict, case when r.failures + e.failures = 0 then 's' else run_verdict(r.run_id) end) end,
      finished_at = case when r.remaining = e.n and r.callbacks = 0 then p_now end
    from ended e where r.run_id = e.run_id
    returning r.run_id, r.dag_no, r.state, r.failures, r.remaining, r.verdict),
  told as (
    insert into event(at, dag_no, run_id, from_state, to_state, why)
    select p_now, dag_no, run_id, 'r', state, case when state = 's' and failures > 0 then 'succeeded with failures that were handled' end
    from moved where state <> 'r'
    returning 1)
  select array_agg(m.run_id order by m.run_id) filter (where m.state = 'r' and m.remaining = 0), (select count(*) > 0 from told),
         array_agg(m.run_id) filter (where m.state = 'r' and m.remaining > 0 and m.verdict in ('f', 'c'))
    into v_called, v_ended, v_undoing from moved m;
  if v_called is not null then
    for g in select unnest(v_called) run_id loop
      perform call_back(g.run_id, p_now);
    end loop;
  end if;
  if v_undoing is not null then
    for g in select unnest(v_undoing) run_id loop
      perform undo_next(g.run_id, p_now);
    end loop;
  end if;
  if (v_ended or v_called is not null) and (exists (select 1 from dag_run where state = 'q') or exists (select 1 from backfill where state = 'r')
      or exists (select 1 from dag where min_gap is not null)) then
    perform pg_notify('pipelines_scheduler', '');               -- a place is free: the next run may start, or that of a continuous DAG be made
  end if;
  if exists (select 1 from gate) and exists (
    select 1 from unnest(a_run, a_task, a_map) a(run_id, task_no, map_index)
      join task_instance t on t.run_id = a.run_id and t.task_no = a.task_no and t.map_index = a.map_index where t.gated) then
    perform pg_notify('pipelines_scheduler', '');               -- the next run may have waited for this one
  end if;
  if exists (select 1 from awaited) then
    perform tell_waits(a_run, a_task);
  end if;
  if 's'::"char" = any(a_state) and exists (select 1 from asset_of_task)
      and exists (select 1 from dag_run d join dag_version v on v.version_id = d.version_id where d.run_id = any(a_run) and v.produces) then
    perform update_assets(a_run, a_task, a_map, a_state, p_now);
  end if;
  if 'f'::"char" = any(a_state) then
    for g in
      select distinct on (a.run_id) a.run_id, k.task_id
      from unnest(a_run, a_task, a_state) a(run_id, task_no, state)
        join dag_run r on r.run_id = a.run_id and r.state = 'r' and r.verdict is null
        join dag_version v on v.version_id = r.version_id and v.fail_fast
        join dag_task k on k.version_id = r.version_id and k.task_no = a.task_no and k.trigger_rule < 12
      where a.state = 'f' order by a.run_id
    loop
      perform stop_run(g.run_id, 'f', null, format('fail-fast: task %s failed', g.task_id));
    end loop;
  end if;
  if t_run is not null then
    return query select * from unnest(t_run, t_task, t_map);
  end if;
end $$;
