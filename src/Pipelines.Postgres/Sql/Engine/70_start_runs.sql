-- Makes runs for ticks, each of its own DAG and version. A tick that has its run already is left alone, whoever made it: (dag, scheduled_for) is unique,
-- so any number of schedulers may call this for the same tick. The caller has locked the dag rows.
create or replace function make_runs(
  p_dag int[], p_version int[], p_kind "char", p_for timestamptz[], p_start timestamptz[], p_end timestamptz[], p_arguments jsonb,
  p_backfill bigint, p_priority smallint, p_by text, p_why text)
returns bigint[] language plpgsql as $$
declare v_runs bigint[];
begin
  with made as (
    insert into dag_run(dag_no, version_id, kind, state, scheduled_for, interval_start, interval_end, arguments, backfill_id, priority, created_by, created_at, notify)
    select t.dag_no, t.version_id, p_kind, 'q', t.at, t.lo, t.hi, p_arguments, p_backfill, p_priority, p_by, clock_timestamp(), v.notify
    from unnest(p_dag, p_version, p_for, p_start, p_end) with ordinality t(dag_no, version_id, at, lo, hi, n) join dag_version v on v.version_id = t.version_id order by t.n
    on conflict (dag_no, scheduled_for) where kind in ('s', 'b') do nothing
    returning run_id, dag_no),
  told as (
    insert into event(at, dag_no, run_id, to_state, actor, why) select clock_timestamp(), dag_no, run_id, 'q', p_by, p_why from made)
  select array_agg(run_id order by run_id) into v_runs from made;
  return coalesce(v_runs, '{}');
end $$;

-- The same for ticks of one DAG.
create or replace function make_runs(
  p_dag int, p_version int, p_kind "char", p_for timestamptz[], p_start timestamptz[], p_end timestamptz[], p_arguments jsonb,
  p_backfill bigint, p_priority smallint, p_by text, p_why text)
returns bigint[] language sql as $$
  select make_runs(array_fill(p_dag, array[cardinality(p_for)]), array_fill(p_version, array[cardinality(p_for)]), p_kind, p_for, p_start, p_end, p_arguments,
    p_backfill, p_priority, p_by, p_why) $$;

-- Starts queued runs where their DAG (scheduled and manual ones together) or their backfill has a place free: makes their
-- task instances from the version's static graph and queues those without upstreams. At most p_limit runs a call, so that
-- work starts while more is made. Returns how many it started; call again while that is p_limit.
create or replace function start_runs(p_limit int) returns int language plpgsql as $$
declare v_runs bigint[]; v_now timestamptz; g record;
begin
  -- The dag row is the lock on its limits: two schedulers never fill the same place.
  perform 1 from dag where dag_no in (select dag_no from dag_run where state = 'q') and not paused order by dag_no for no key update;
  -- Scheduled and manual runs before those of backfills: no order by outside, which would look at all DAGs for the first few.
  v_runs := array(
    select r.run_id
    from (
      select q.dag_no, q.backfill_id, coalesce(b.max_active, v.max_active_runs) max_active
      from (select distinct dag_no, coalesce(backfill_id, 0) backfill_id from dag_run where state = 'q') q
        join dag d on d.dag_no = q.dag_no and not d.paused
        join dag_version v on v.version_id = d.version_id
        left join backfill b on b.backfill_id = q.backfill_id
      where b.state is distinct from 'p'                                -- a run of a backfill that has ended is there because somebody cleared it
      order by q.backfill_id, q.dag_no) x
      cross join lateral (
        select run_id from dag_run q where state = 'q' and dag_no = x.dag_no and coalesce(backfill_id, 0) = x.backfill_id
          and not (in_line and (                                        -- behind the open run of its key, or another in line
            exists (select 1 from dag_run o where o.dag_no = x.dag_no and o.entity_key = q.entity_key and not o.in_line and o.state in ('q', 'r'))
            or exists (select 1 from dag_run o where o.dag_no = x.dag_no and o.entity_key = q.entity_key and o.in_line and o.state = 'q' and o.run_id < q.run_id)))
        order by -priority, coalesce(turn, 0), run_id
        limit greatest(0, x.max_active - (
          select count(*) from dag_run where state = 'r' and dag_no = x.dag_no and coalesce(backfill_id, 0) = x.backfill_id))) r
    limit p_limit);
  if cardinality(v_runs) = 0 then return 0; end if;

  -- Row by row in ascending order: a plan that starts from the index of queued runs would read all of them.
  select array_agg(r.run_id) filter (where r.state = 'q') into v_runs
  from (select id from unnest(v_runs) id order by id) x
    cross join lateral (select d.run_id, d.state from dag_run d where d.run_id = x.id for no key update) r;
  v_runs := out_of_line(v_runs);
  if coalesce(cardinality(v_runs), 0) = 0 then return 0; end if;
  v_now := clock_timestamp();

  with made as (
    insert into task_instance(run_id, task_no, map_index, state, trigger_rule, lane_id, priority, unmet, queued_at, gated, notify)
    select r.run_id, t.task_no, -1, s.state, case when t.n_index > 0 then 0 else t.trigger_rule end,   -- elements by index go by the task's own rule
           case when t.mapped then 0 else t.lane_id end, t.priority + r.priority, t.n_up, case when s.state = 'q' then v_now end, t.depends_on_past or t.latest_only, t.notify
    from dag_run r join dag_task t on t.version_id = r.version_id
      cross join lateral (                                              -- callbacks of the run and undos (15 to 17) wait for its verdict
        select case when r.preset or t.trigger_rule in (15, 16, 17) or t.n_up > 0 and (t.trigger_rule <> 11 or t.n_index > 0) then 'n' when t.depends_on_past or t.latest_only then 'w' else 'q' end::"char" state) s
    where r.run_id = any(v_runs) order by r.run_id, t.task_no
    on conflict (run_id, task_no, map_index) do update set
      state = excluded.state, trigger_rule = excluded.trigger_rule, lane_id = excluded.lane_id, priority = excluded.priority, unmet = excluded.unmet,
      ok = 0, failed = 0, skipped = 0, refused = 0, tries = 0, lost = 0, polls = 0, worker_id = null, output = null, gated = excluded.gated, notify = excluded.notify,
      queued_at = excluded.queued_at, first_started_at = null, started_at = null, finished_at = null
    returning run_id, task_no, state, lane_id, priority, attempt),
  queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, -1 from made where state = 'q'),
  gates as (insert into gate select run_id, task_no from made where state = 'w'),
  started as (
    update dag_run r set state = 'r', in_line = false, started_at = v_now, remaining = v.n_tasks - v.callbacks, callbacks = v.callbacks, verdict = null,
      deadline_at = v_now + make_interval(secs => v.run_timeout)
    from dag_version v where r.run_id = any(v_runs) and v.version_id = r.version_id returning r.run_id, r.dag_no)
  insert into event(at, dag_no, run_id, task_no, map_index, attempt, from_state, to_state, why)
  select v_now, dag_no, run_id, null, null, null, 'q', 'r', null from started
  union all
  select v_now, null, run_id, task_no, -1, attempt, 'n', state, case when state = 'w' then 'waits for the previous run' end
  from made where state in ('q', 'w');
  for g in select run_id from dag_run where run_id = any(v_runs) and preset order by run_id loop
    perform begin_preset(g.run_id, v_now);
  end loop;
  perform pg_notify('pipelines_worker', '');
  return cardinality(v_runs);
end $$;

-- Turns due ticks of many DAGs into runs, each DAG guarded by the next_due that the caller computed from: of two schedulers one wins, the other
-- changes nothing. Tick i is of the p_of[i]th DAG. Returns how many runs it made.
create or replace function fire_ticks(
  p_dag int[], p_expected timestamptz[], p_schedule text[], p_last timestamptz[], p_next timestamptz[],
  p_of int[], p_for timestamptz[], p_start timestamptz[], p_end timestamptz[])
returns int language plpgsql as $$
declare v_fired int[]; v_no int[]; v_version int[]; v_for timestamptz[]; v_start timestamptz[]; v_end timestamptz[];
begin
  perform 1 from dag where dag_no = any(p_dag) order by dag_no for no key update;
  with fired as (
    update dag d set last_tick = coalesce(x.last, d.last_tick), next_due = x.next
    from unnest(p_dag, p_expected, p_schedule, p_last, p_next) with ordinality x(dag_no, expected, schedule, last, next, i)
    where d.dag_no = x.dag_no and d.next_due is not distinct from x.expected and d.schedule is not distinct from x.schedule and not d.paused and d.retired_at is null
    returning x.i)
  select array_agg(i) into v_fired from fired;
  select array_agg(d.dag_no order by t.n), array_agg(d.version_id order by t.n), array_agg(t.at order by t.n), array_agg(t.lo order by t.n), array_agg(t.hi order by t.n)
    into v_no, v_version, v_for, v_start, v_end
  from unnest(p_of, p_for, p_start, p_end) with ordinality t(i, at, lo, hi, n) join dag d on d.dag_no = p_dag[t.i]
  where t.i = any(v_fired);
  if v_no is null then return 0; end if;
  return cardinality(make_runs(v_no, v_version, 's', v_for, v_start, v_end, null, null, 0::smallint, 'scheduler', null));
end $$;
