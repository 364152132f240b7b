create or replace function register_worker(p_name text, p_queues text[], p_slots int, p_lease double precision) returns int language sql as $$
  insert into worker(name, queues, slots, lease_until, draining)
  select p_name, p_queues, p_slots, clock_timestamp() + make_interval(secs => p_lease),
    -- One that lost its lease and comes back under a new number is drained still.
    exists (select 1 from worker where name = p_name and draining and lease_until > clock_timestamp() - interval '1 minute')
  returning worker_id $$;

-- Renews the lease of a whole process with one row. Not found: the lease is lost, stop everything and register anew.
-- Answers with those of the worker's runs that are being cancelled: the safety net of the notification;
-- and whether somebody drains the worker: then it asks for no more work.
create or replace function heartbeat(p_worker int, p_lease double precision, p_busy int, p_stuck int, p_runs bigint[])
returns table(alive boolean, cancelled bigint[], held boolean) language plpgsql as $$
begin
  update worker set lease_until = clock_timestamp() + make_interval(secs => p_lease), busy = p_busy, stuck = p_stuck
  where worker_id = p_worker and not reclaimed and lease_until > clock_timestamp() returning draining into held;
  alive := found;
  select array_agg(run_id) into cancelled from dag_run where run_id = any(p_runs) and cancelling;
  return next;
end $$;

-- Takes back what workers were running whose lease has ended (or p_worker's, when it says goodbye). Their attempts end as lost
-- and run again on a budget of their own, 5 an instance: it stops a body that kills its process from killing every worker.
create or replace function reclaim(p_worker int) returns int language plpgsql as $$
declare v_dead int[]; v_runs bigint[]; v_now timestamptz; n int;
  f_run bigint[]; f_task int[]; f_map int[]; f_state "char"[];
begin
  select array_agg(worker_id) into v_dead from (
    select worker_id from worker
    where stopped_at is null and case when p_worker is null then lease_until < clock_timestamp() else worker_id = p_worker end
    order by worker_id for update skip locked) x;
  if v_dead is null then return 0; end if;
  update worker set reclaimed = true, stopped_at = clock_timestamp(), busy = 0, stuck = 0 where worker_id = any(v_dead);
  -- First which, by a probe of each run that goes on, then the locks in order: an order by here may be planned as a walk over all runs ever.
  v_runs := array(
    select r.run_id
    from dag_run r cross join lateral (select 1 from task_instance t where t.run_id = r.run_id and t.state = 'r' and t.worker_id = any(v_dead) limit 1) t
    where r.state = 'r');
  select array_agg(run_id) into v_runs from (select run_id from dag_run where run_id = any(v_runs) and state = 'r' order by run_id for no key update) x;
  if v_runs is null then return 0; end if;
  perform 1 from pool order by pool_id for no key update;
  v_now := clock_timestamp();
  with lost as (
    update task_instance t set
      state = case when r.cancelling and t.trigger_rule <> 12 then 'c' when t.lost >= 4 then 'f' else 'q' end, lost = t.lost + 1, tries = t.tries - 1,
      worker_id = null, queued_at = v_now, finished_at = case when r.cancelling and t.trigger_rule <> 12 or t.lost >= 4 then v_now end
    from dag_run r, task_instance o
    where r.run_id = any(v_runs) and t.run_id = r.run_id and t.state = 'r' and t.worker_id = any(v_dead)
      and o.run_id = t.run_id and o.task_no = t.task_no and o.map_index = t.map_index
    returning t.run_id, t.task_no, t.map_index, t.attempt, t.state, t.lane_id, t.priority, t.lost, t.polls, t.started_at, o.worker_id),
  queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, map_index from lost where state = 'q' on conflict do nothing),
  freed as (
    update pool p set used = p.used - c.n
    from (select l.pool_id, sum(l.weight)::int n from lost join lane l on l.lane_id = lost.lane_id where l.pool_id is not null group by l.pool_id) c
    where p.pool_id = c.pool_id),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, worker_id, why)
    select started_at, run_id, task_no, map_index, attempt, 'q', 'r', worker_id, null from lost where polls > 0   -- a poll's start is told with its end
    union all
    select v_now, run_id, task_no, map_index, attempt, 'r', state, worker_id,
           case when state = 'f' then format('lost with its worker for the %sth time; the limit is 5', lost) else 'lost with its worker' end from lost)
  , done as (
    update limit_hold h set done = true from lost l
    where h.run_id = l.run_id and h.task_no = l.task_no and h.map_index = l.map_index and not h.done)
  select count(*), array_agg(run_id) filter (where state <> 'q'), array_agg(task_no) filter (where state <> 'q'),
         array_agg(map_index) filter (where state <> 'q'), array_agg(state) filter (where state <> 'q')
    into n, f_run, f_task, f_map, f_state from lost;
  if f_run is not null then
    perform settle(f_run, f_task, f_map, f_state, v_now, null, 0, null);
  end if;
  perform pg_notify('pipelines_worker', '');
  return n;
end $$;
