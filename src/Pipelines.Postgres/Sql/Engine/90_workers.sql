-- p_continues: the number that the same process had until it could not renew its lease.
create or replace function register_worker(p_name text, p_queues text[], p_slots int, p_lease double precision, p_continues int default null) returns int language sql as $$
  insert into worker(name, queues, slots, continues, lease_until, draining)
  select p_name, p_queues, p_slots, p_continues, clock_timestamp() + make_interval(secs => p_lease),
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

-- What a worker runs by the store's word. A call of it whose client is gone may be under way still: it holds the worker's row, and is waited for.
create or replace function handed_out(p_worker int)
returns table(
  run_id bigint, task_no int, map_index int, attempt smallint, tries smallint, first_started_at timestamptz, started_at timestamptz,
  version_id int, epoch int, scheduled_for timestamptz, interval_start timestamptz, interval_end timestamptz, arguments jsonb, shielded boolean, stopping boolean)
language plpgsql as $$
#variable_conflict use_column
begin
  perform 1 from worker where worker_id = p_worker for update;
  return query
    select t.run_id, t.task_no, t.map_index, t.attempt, t.tries, t.first_started_at, t.started_at,
           r.version_id, r.epoch, r.scheduled_for, r.interval_start, r.interval_end, r.arguments,
           t.trigger_rule in (12, 17), r.cancelling and t.trigger_rule not in (12, 17)
    from dag_run r
      cross join lateral (                                              -- offset 0: run by run that is going on, never the history's rows
        select * from task_instance t where t.run_id = r.run_id and t.state = 'r' and t.worker_id = p_worker offset 0) t
    where r.state = 'r';
end $$;

-- Whether an instance is given up that p_worker has lost, too: five of its workers have died with it. One whose process goes on under another number was not killed by what it ran; an
-- outage of this database alone may end many leases. Fifty losses are enough all the same: what keeps a process from renewing its lease may be the body.
create or replace function is_given_up(p_worker int, p_run bigint, p_task int, p_map int, p_lost smallint) returns boolean language sql stable as $$
  select p_lost >= 49 or 5 <= (
    select count(*) from (
      select p_worker worker_id
      union all
      (select worker_id from event
       where run_id = p_run and task_no = p_task and map_index = p_map and from_state = 'r' and to_state = 'q' and why = 'lost with its worker'
       order by event_id desc limit p_lost)) l
    where not exists (select 1 from worker n where n.continues = l.worker_id)) $$;

-- Takes back what workers were running whose lease has ended (or p_worker's, when it says goodbye). Their attempts end as lost
-- and run again on a budget of their own (is_given_up): it stops a body that kills its process from killing every worker.
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
      state = o.become, lost = t.lost + 1, tries = t.tries - 1, worker_id = null, queued_at = v_now, finished_at = case when o.become <> 'q' then v_now end
    from (
      select i.run_id, i.task_no, i.map_index, i.worker_id,
             (case when r.cancelling and i.trigger_rule not in (12, 17) then 'c' when i.lost < 4 then 'q' when is_given_up(i.worker_id, i.run_id, i.task_no, i.map_index, i.lost) then 'f' else 'q' end)::"char" become
      from dag_run r join task_instance i on i.run_id = r.run_id
      where r.run_id = any(v_runs) and i.state = 'r' and i.worker_id = any(v_dead)) o
    where t.run_id = o.run_id and t.task_no = o.task_no and t.map_index = o.map_index
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
           case when state <> 'f' then 'lost with its worker' when lost >= 50 then 'lost with its worker for the 50th time; the limit is 50'
                else 'lost with its worker for the 5th time; the limit is 5' || case when lost > 5 then format(', not counting %s after which the process went on', lost - 5) else '' end end from lost)
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
