-- Makes runs for ticks. A tick that has its run already is left alone, whoever made it: (dag, scheduled_for) is unique, so any
-- number of schedulers may call this for the same tick. The caller has locked the dag row.
create or replace function make_runs(
  p_dag int, p_version int, p_kind "char", p_for timestamptz[], p_start timestamptz[], p_end timestamptz[], p_arguments jsonb,
  p_backfill bigint, p_priority smallint, p_by text, p_why text)
returns bigint[] language plpgsql as $$
declare v_runs bigint[];
begin
  with made as (
    insert into dag_run(dag_no, version_id, kind, state, scheduled_for, interval_start, interval_end, arguments, backfill_id, priority, created_by, created_at)
    select p_dag, p_version, p_kind, 'q', t.at, t.lo, t.hi, p_arguments, p_backfill, p_priority, p_by, clock_timestamp()
    from unnest(p_for, p_start, p_end) with ordinality t(at, lo, hi, n) order by t.n
    on conflict (dag_no, scheduled_for) where kind in ('s', 'b') do nothing
    returning run_id),
  told as (
    insert into event(at, dag_no, run_id, to_state, actor, why) select clock_timestamp(), p_dag, run_id, 'q', p_by, p_why from made)
  select array_agg(run_id order by run_id) into v_runs from made;
  return coalesce(v_runs, '{}');
end $$;

-- Starts queued runs where their DAG (scheduled and manual ones together) or their backfill has a place free: makes their
-- task instances from the version's static graph and queues those without upstreams. At most p_limit runs a call, so that
-- work starts while more is made. Returns how many it started; call again while that is p_limit.
create or replace function start_runs(p_limit int) returns int language plpgsql as $$
declare v_runs bigint[]; v_idle boolean; v_now timestamptz;
begin
  -- The dag row is the lock on its limits: two schedulers never fill the same place.
  perform 1 from dag where dag_no in (select dag_no from dag_run where state = 'q') and not paused order by dag_no for no key update;
  with waiting as (
    select r.run_id, r.dag_no, r.backfill_id, b.max_active,
           row_number() over (partition by r.dag_no, r.backfill_id order by r.run_id) place
    from dag_run r join dag d on d.dag_no = r.dag_no and not d.paused
      left join backfill b on b.backfill_id = r.backfill_id
    where r.state = 'q' and (b.state is null or b.state = 'r')),
  allowed as (
    select g.dag_no, g.backfill_id, coalesce(g.max_active, v.max_active_runs) - (
             select count(*) from dag_run a
             where a.state = 'r' and a.dag_no = g.dag_no and a.backfill_id is not distinct from g.backfill_id) free
    from (select distinct dag_no, backfill_id, max_active from waiting) g
      join dag d on d.dag_no = g.dag_no join dag_version v on v.version_id = d.version_id)
  select array_agg(run_id) into v_runs from (
    select w.run_id from waiting w join allowed a on a.dag_no = w.dag_no and a.backfill_id is not distinct from w.backfill_id
    where w.place <= a.free order by w.run_id limit p_limit) x;
  if v_runs is null then return 0; end if;

  select array_agg(run_id) into v_runs from (
    select run_id from dag_run where run_id = any(v_runs) and state = 'q' order by run_id for no key update) x;
  if v_runs is null then return 0; end if;
  v_now := clock_timestamp();
  v_idle := not exists (select 1 from lane l join ready_queue q on q.lane_id = l.lane_id);

  with made as (
    insert into task_instance(run_id, task_no, map_index, state, trigger_rule, lane_id, priority, unmet, queued_at)
    select r.run_id, t.task_no, -1, case when t.n_up = 0 then 'q' else 'n' end::"char", t.trigger_rule,
           case when t.mapped then 0 else t.lane_id end, t.priority + r.priority, t.n_up, case when t.n_up = 0 then v_now end
    from dag_run r join dag_task t on t.version_id = r.version_id
    where r.run_id = any(v_runs) order by r.run_id, t.task_no
    on conflict (run_id, task_no, map_index) do update set
      state = excluded.state, trigger_rule = excluded.trigger_rule, lane_id = excluded.lane_id, priority = excluded.priority, unmet = excluded.unmet,
      ok = 0, failed = 0, skipped = 0, refused = 0, tries = 0, lost = 0, worker_id = null, output = null,
      queued_at = excluded.queued_at, first_started_at = null, started_at = null, finished_at = null
    returning run_id, task_no, state, lane_id, priority, attempt),
  queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, -1 from made where state = 'q'),
  started as (
    update dag_run r set state = 'r', started_at = v_now, remaining = v.n_tasks
    from dag_version v where r.run_id = any(v_runs) and v.version_id = r.version_id returning r.run_id, r.dag_no)
  insert into event(at, dag_no, run_id, task_no, map_index, attempt, from_state, to_state)
  select v_now, dag_no, run_id, null, null, null, 'q', 'r' from started
  union all
  select v_now, null, run_id, task_no, -1, attempt, 'n', 'q' from made where state = 'q';
  if v_idle then perform pg_notify('pipelines_worker', ''); end if;
  return cardinality(v_runs);
end $$;

-- Turns due ticks into runs, guarded by the next_due that the caller computed from: of two schedulers one wins, the other
-- changes nothing.
create or replace function fire_ticks(
  p_dag int, p_expected timestamptz, p_schedule text, p_for timestamptz[], p_start timestamptz[], p_end timestamptz[], p_last timestamptz, p_next timestamptz)
returns bigint[] language plpgsql as $$
declare v_version int; v_runs bigint[];
begin
  update dag set last_tick = coalesce(p_last, last_tick), next_due = p_next
  where dag_no = p_dag and next_due is not distinct from p_expected and schedule = p_schedule and not paused and retired_at is null
  returning version_id into v_version;
  if not found then return '{}'; end if;
  v_runs := make_runs(p_dag, v_version, 's', p_for, p_start, p_end, null, null, 0::smallint, 'scheduler', null);
  return v_runs;
end $$;
