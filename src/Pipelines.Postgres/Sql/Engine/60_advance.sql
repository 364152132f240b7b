-- The hot path: one round trip, one commit. A worker reports attempts that have ended and asks for work:
-- outcomes and outputs are stored (fenced by attempt and worker), the runs move forward, ready successors are handed straight
-- back, and the rest of the free slots is filled from the queue.
-- Outcomes: s succeeded, f failed, k skipped, c cancelled, y to be tried again after p_delay seconds, p likewise without its try
-- being spent, q given back untried, w a sensor's "not yet": polled again after p_delay, its try not spent, z its body waits: until p_delay is over (under 0: for ever)
-- or the signal comes, or the child run has ended, that p_detail names, its try not spent.
-- Locks, in the one order: worker, dag_run ascending, pool ascending, ready_queue, task_instance.
-- A row with attempt null is a report that was fenced: that attempt is no longer this worker's.
create or replace function advance(
  p_worker int, p_queues text[], p_run bigint[], p_task int[], p_map int[], p_attempt smallint[], p_outcome text[], p_output jsonb[],
  p_delay double precision[], p_why text[], p_detail jsonb[], p_want int)
returns table(
  run_id bigint, task_no int, map_index int, attempt smallint, tries smallint, first_started_at timestamptz, started_at timestamptz,
  version_id int, epoch int, scheduled_for timestamptz, interval_start timestamptz, interval_end timestamptz, arguments jsonb,
  shielded boolean,                                                     -- a teardown: stopping its run does not stop it
  stopping boolean)                                                     -- its run was stopped while it was being handed out
language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz; v_versions int[]; v_pools int[]; v_lanes smallint[]; v_limited smallint[]; v_busy smallint[]; v_soon boolean; v_held boolean;
  d_run bigint[]; d_task int[]; d_map int[]; d_state "char"[];         -- accepted and ended for good
  k_run bigint[]; k_task int[]; k_map int[];                            -- accepted
  v_listen bigint[];                                                    -- runs in which somebody waits for a signal now
  t_run bigint[]; t_task int[]; t_map int[];                            -- work handed out
begin
  -- A reclaimed worker must not touch anything again; while this lock is held it cannot be reclaimed.
  perform 1 from worker where worker_id = p_worker and not reclaimed for key share;
  if not found then raise exception 'lease lost' using errcode = 'PL001'; end if;

  if cardinality(p_run) > 0 then
    select array_agg(distinct version_id) into v_versions from (
      select version_id from dag_run where run_id = any(p_run) order by run_id for no key update) r;
  end if;
  select array_agg(distinct pool_id) into v_pools from (
    select unnest(pools) pool_id from dag_version where version_id = any(v_versions)
    union all
    select l.pool_id from lane l
    where l.pool_id is not null and l.queue = any(p_queues) and l.goes_to is null
      and (select 1 from ready_queue q where q.lane_id = l.lane_id limit 1) is not null) x;   -- a probe; an exists may be planned as a scan
  if v_pools is not null then
    perform 1 from pool where pool_id = any(v_pools) order by pool_id for no key update;
  end if;
  v_now := clock_timestamp();                                           -- after the locks, so that time follows cause

  if cardinality(p_run) > 0 then
    v_busy := array(select l.lane_id from lane l where (select 1 from ready_queue q where q.lane_id = l.lane_id limit 1) is not null);
    select array_agg(lane_id) filter (where queue = any(p_queues) and pool_id is null and goes_to is null and (lane_id > 0 or lane_id <> all(v_busy))),   -- where turns are taken, only if nobody waits for one
           array_agg(lane_id) filter (where goes_to is not null)
      into v_lanes, v_limited from lane;
    with reported as (                                                  -- the fence; offset 0 keeps it a probe of the whole key
      select c.*, t.tid, r.cancelling
      from unnest(p_run, p_task, p_map, p_attempt, p_outcome, p_output, p_delay, p_why, p_detail)
          c(run_id, task_no, map_index, attempt, outcome, output, delay, why, detail)
        cross join lateral (
          select t.ctid tid from task_instance t
          where t.run_id = c.run_id and t.task_no = c.task_no and t.map_index = c.map_index
            and t.state = 'r' and t.attempt = c.attempt and t.worker_id = p_worker offset 0) t
        cross join lateral (select r.cancelling from dag_run r where r.run_id = c.run_id offset 0) r),
    accepted as (
      update task_instance t set
        state = case when c.outcome not in ('y', 'p', 'q', 'w', 'z') then c.outcome::"char" when c.cancelling and t.trigger_rule not in (12, 17) then 'c'
                     when c.outcome = 'p' then 'y' when c.outcome = 'z' then 'w' else c.outcome::"char" end,
        output = c.output, worker_id = case when c.outcome in ('y', 'p', 'q', 'w', 'z') then null else t.worker_id end,
        tries = t.tries - (c.outcome in ('p', 'q', 'w', 'z'))::int, polls = t.polls + (c.outcome = 'w')::int,
        queued_at = case when c.outcome = 'q' then v_now else t.queued_at end,
        finished_at = case when c.outcome in ('y', 'p', 'q', 'w', 'z') and not (c.cancelling and t.trigger_rule not in (12, 17)) then null else v_now end
      from reported c where t.ctid = c.tid                              -- nobody else moves a running instance of a run we hold
      returning t.run_id, t.task_no, t.map_index, t.attempt, t.state, t.lane_id, t.priority, t.polls, t.started_at, c.outcome, c.delay, c.why, c.detail),
    parked as (                                                         -- polls of one second share the scheduler's pass
      insert into timer
      select case when outcome = 'w' and delay >= 10 then date_trunc('second', v_now + make_interval(secs => delay + 1)) else v_now + make_interval(secs => delay) end,
             run_id, task_no, map_index from accepted where state in ('y', 'w') and delay >= 0),
    listening as (
      insert into signal_wait(run_id, task_no, map_index, name)
      select run_id, task_no, map_index, detail ->> 'signal' from accepted where outcome = 'z' and state = 'w' and detail ? 'signal'),
    following as (
      insert into wait(run_id, task_no, map_index, dag_id, child_run, fails, soft)
      select run_id, task_no, map_index, detail ->> 'dag', last_of((detail ->> 'child')::bigint), true, false from accepted where outcome = 'z' and state = 'w' and detail ? 'child'),
    look as (                                                           -- when this has been committed: it may have ended while the body found it open
      insert into run_end(run_id) select distinct run_id from accepted where outcome = 'z' and state = 'w' and detail ? 'child'),
    returned as (
      insert into ready_queue select lane_id, -priority, run_id, task_no, map_index from accepted where state = 'q'),
    freed as (
      update pool p set used = p.used - n.n
      from (select l.pool_id, sum(l.weight)::int n from accepted a join lane l on l.lane_id = a.lane_id where l.pool_id is not null group by l.pool_id) n
      where p.pool_id = n.pool_id),
    told as (
      insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, worker_id, why, detail)
      select started_at, run_id, task_no, map_index, attempt, 'q', 'r', p_worker, null, null
      from accepted where polls > (outcome = 'w')::int and state <> 'w' -- the start of a poll, which was not told while it might have been one of thousands
      union all
      select v_now, run_id, task_no, map_index, attempt, 'r', state, p_worker, why, detail from accepted where state <> 'w' or outcome = 'z' or polls = 1)
    select array_agg(run_id), array_agg(task_no), array_agg(map_index),
           array_agg(run_id) filter (where state not in ('y', 'q', 'w')), array_agg(task_no) filter (where state not in ('y', 'q', 'w')),
           array_agg(map_index) filter (where state not in ('y', 'q', 'w')), array_agg(state) filter (where state not in ('y', 'q', 'w')),
           bool_or(state in ('y', 'w') and delay >= 0 and delay < 1 or outcome = 'z' and detail ? 'child'), bool_or(lane_id = any(v_limited)),
           array_agg(distinct run_id) filter (where outcome = 'z' and state = 'w' and detail ? 'signal')
      into k_run, k_task, k_map, d_run, d_task, d_map, d_state, v_soon, v_held, v_listen from accepted;
    if v_listen is not null then
      perform deliver_signals(v_listen, v_now);                         -- one that came while the body found none
    end if;
    if v_held then
      perform release(k_run, k_task, k_map);
    end if;
    if v_soon then
      perform pg_notify('pipelines_scheduler', '');                     -- due before its next poll, or a child to look at
    end if;

    if coalesce(cardinality(k_run), 0) < cardinality(p_run) then
      return query
        select c.run_id, c.task_no, c.map_index, null::smallint, null::smallint, null::timestamptz, null::timestamptz, null::int, null::int,
               null::timestamptz, null::timestamptz, null::timestamptz, null::jsonb, null::boolean, null::boolean
        from unnest(p_run, p_task, p_map) c(run_id, task_no, map_index)
        where not exists (select 1 from unnest(k_run, k_task, k_map) k(r, t, m) where (k.r, k.t, k.m) = (c.run_id, c.task_no, c.map_index));
    end if;
    if d_run is not null then
      select array_agg(run_id), array_agg(task_no), array_agg(map_index) into t_run, t_task, t_map
        from settle(d_run, d_task, d_map, d_state, v_now, p_worker, p_want, v_lanes);
    end if;
  end if;

  if p_want > coalesce(cardinality(t_run), 0) then
    select t_run || array_agg(run_id), t_task || array_agg(task_no), t_map || array_agg(map_index) into t_run, t_task, t_map
      from claim(p_worker, p_queues, v_pools, p_want - coalesce(cardinality(t_run), 0));
  end if;
  -- Wake other workers only when this call left work in a lane that was empty, or freed a slot of a pool that only others' queues
  -- wait for. A lane that was not empty is being worked on, or its pool is full, and whoever frees a slot takes from it.
  if k_run is not null and exists (
    select 1 from lane l
    where l.goes_to is null and (l.lane_id <> all(v_busy) or l.pool_id = any(v_pools) and l.queue <> all(p_queues))
      and (select 1 from ready_queue q where q.lane_id = l.lane_id limit 1) is not null) then
    perform pg_notify('pipelines_worker', '');
    perform pg_notify('pipelines_scheduler', '')                        -- whose lane of waits it may be
    from lane l where l.queue = '~wait' and (select 1 from ready_queue q where q.lane_id = l.lane_id limit 1) is not null;
  end if;
  if v_limited is not null and exists (
    select 1 from unnest(v_limited) l(lane_id) where l.lane_id <> all(v_busy) and (select 1 from ready_queue q where q.lane_id = l.lane_id limit 1) is not null) then
    perform pg_notify('pipelines_scheduler', '');                       -- it admits them
  end if;

  if t_run is not null then
    return query
      select t.run_id, t.task_no, t.map_index, t.attempt, t.tries, t.first_started_at, t.started_at,
             r.version_id, r.epoch, r.scheduled_for, r.interval_start, r.interval_end, r.arguments,
             t.trigger_rule in (12, 17), r.cancelling and t.trigger_rule not in (12, 17)
      from unnest(t_run, t_task, t_map) x(run_id, task_no, map_index)
        join task_instance t on t.run_id = x.run_id and t.task_no = x.task_no and t.map_index = x.map_index
        join dag_run r on r.run_id = x.run_id;
  end if;
end $$;
