-- Limits beside pools: how many run at once, how many start in a time, all together or by a key. Tasks that have any wait in a lane
-- that no worker takes from. The scheduler admits them, in the order of the queue, to the lane it goes to; so an exhausted
-- limit delays nobody else, and the hot path knows of limits only that it marks what is done with (release, claim).

-- How many more may be admitted. Of a rate (the generic cell rate algorithm: tat is when all that started is paid for) what may start
-- now, less what was admitted and has not started, or has started and is not paid for yet: no window ever holds more than it may.
create or replace function limit_room(p_bucket bigint, p_at_once int, p_starts int, p_per double precision, p_burst int, p_tat timestamptz, p_now timestamptz)
returns int language plpgsql stable as $$
begin
  if p_at_once is not null then
    return p_at_once - (select count(*) from limit_hold where bucket_id = p_bucket and not done);
  end if;
  return floor(p_burst - greatest(0, extract(epoch from p_tat - p_now)) * p_starts / p_per)
    - (select count(*) from limit_hold where bucket_id = p_bucket and (not done or started_at is not null));
end $$;

-- The buckets of an instance, made where there is none yet.
create or replace function limit_buckets(p_run bigint, p_task int, p_map int) returns bigint[] language plpgsql as $$
declare v_buckets bigint[];
begin
  with key as (
    select k.limit_no, short_key(coalesce(case
        when k.key_run then p_run::text
        when k.key_argument is not null then r.arguments ->> k.key_argument
        when k.key_task is not null then (
          select v.value #>> case when k.key_property is null then '{}' else array[k.key_property] end
          from (select case when k.key_task = t.over_no and p_map >= 0 and u.map_index = -1 then u.output -> p_map else u.output end value
                from task_instance u
                where u.run_id = p_run and u.task_no = k.key_task and u.map_index in (-1, p_map) order by u.map_index = p_map and u.task_no <> coalesce(t.over_no, -1) desc limit 1) v)
      end, '')) key
    from dag_run r join limit_of_task k on k.version_id = r.version_id and k.task_no = p_task
      join dag_task t on t.version_id = r.version_id and t.task_no = p_task
    where r.run_id = p_run),
  made as (insert into limit_bucket(limit_no, key) select limit_no, key from key on conflict do nothing returning bucket_id)
  select array_agg(bucket_id) into v_buckets
  from (select bucket_id from made union all select b.bucket_id from key join limit_bucket b using (limit_no, key)) b;
  return v_buckets;
end $$;

-- Marks what ended, was given back or cancelled as done with. Whoever calls this holds the lock of its run.
create or replace function release(p_run bigint[], p_task int[], p_map int[]) returns void language plpgsql as $$
begin
  update limit_hold h set done = true
  from unnest(p_run, p_task, p_map) e(run_id, task_no, map_index)
  where h.run_id = e.run_id and h.task_no = e.task_no and h.map_index = e.map_index and not h.done;
  if found then perform pg_notify('pipelines_scheduler', ''); end if;
end $$;

-- Admits up to p_limit instances, or puts them into the line of a limit that has no room. Returns how many it looked at.
create or replace function admit(p_limit int) returns int language plpgsql as $$
declare
  v_now timestamptz := clock_timestamp(); c record; n int; v_admitted int := 0; v_state "char"; v_buckets bigint[]; v_full bigint; v_touched bigint[];
  c_run bigint[]; c_task int[]; c_map int[]; c_lane smallint[]; c_rank smallint[];
begin
  if not exists (select 1 from limit_hold where done) and not exists (select 1 from limit_bucket where due_at <= v_now)
    and not exists (select 1 from lane l where l.goes_to is not null and (select 1 from ready_queue q where q.lane_id = l.lane_id limit 1) is not null) then
    return 0;
  end if;
  -- One admits at a time: rooms are counted, not locked. Whoever comes second has nothing to do.
  if not pg_try_advisory_xact_lock(hashtext('pipelines.admit')) then return 0; end if;

  with gone as (
    delete from limit_hold where done returning bucket_id, started_at),
  start as (
    select bucket_id, started_at, row_number() over (partition by bucket_id order by started_at desc nulls last) back, count(started_at) over (partition by bucket_id) n from gone),
  paid as (
    select s.bucket_id, max(s.n) * l.per / l.starts seconds, max(s.started_at + make_interval(secs => s.back * l.per / l.starts)) least
    from start s join limit_bucket b using (bucket_id) join task_limit l using (limit_no) group by s.bucket_id, l.per, l.starts)
  update limit_bucket b set tat = greatest(b.tat + make_interval(secs => coalesce(p.seconds, 0)), p.least), due_at = v_now
  from paid p where b.bucket_id = p.bucket_id;

  select array_agg(run_id order by rank, run_id, task_no, map_index), array_agg(task_no order by rank, run_id, task_no, map_index),
         array_agg(map_index order by rank, run_id, task_no, map_index), array_agg(lane_id order by rank, run_id, task_no, map_index),
         array_agg(rank order by rank, run_id, task_no, map_index)
    into c_run, c_task, c_map, c_lane, c_rank
  from (
    select * from (
      select q.run_id, q.task_no, q.map_index, q.lane_id, q.rank
      from lane l cross join lateral (select * from ready_queue q where q.lane_id = l.lane_id order by q.rank, q.run_id, q.task_no, q.map_index limit p_limit) q
      where l.goes_to is not null
      union
      select w.run_id, w.task_no, w.map_index, w.lane_id, w.rank
      from limit_bucket b join task_limit t using (limit_no)
        cross join lateral (
          select * from limit_wait w where w.bucket_id = b.bucket_id order by w.rank, w.run_id, w.task_no, w.map_index
          limit greatest(0, limit_room(b.bucket_id, t.at_once, t.starts, t.per, t.burst, b.tat, v_now))) w
      where b.due_at <= v_now) x
    order by rank, run_id, task_no, map_index limit p_limit) y;
  perform 1 from dag_run where run_id in (select unnest(c_run)) order by run_id for no key update;

  for c in select * from unnest(c_run, c_task, c_map, c_lane, c_rank) c(run_id, task_no, map_index, lane_id, rank) loop
    -- Done with since the look above: to be paid for first, by the next call, for which whoever was done has rung.
    continue when exists (select 1 from limit_hold where run_id = c.run_id and task_no = c.task_no and map_index = c.map_index and done);
    select state into v_state from task_instance where run_id = c.run_id and task_no = c.task_no and map_index = c.map_index;
    delete from ready_queue where lane_id = c.lane_id and rank = c.rank and run_id = c.run_id and task_no = c.task_no and map_index = c.map_index;
    delete from limit_hold where run_id = c.run_id and task_no = c.task_no and map_index = c.map_index and not done;
    v_full := null;
    if v_state = 'q' then
      v_buckets := limit_buckets(c.run_id, c.task_no, c.map_index);
      select b.bucket_id into v_full from limit_bucket b join task_limit l using (limit_no)
      where b.bucket_id = any(v_buckets) and limit_room(b.bucket_id, l.at_once, l.starts, l.per, l.burst, b.tat, v_now) < 1 order by b.bucket_id limit 1;
      if v_full is null then
        insert into limit_hold(run_id, task_no, map_index, bucket_id, rated)
        select c.run_id, c.task_no, c.map_index, b.bucket_id, l.starts is not null
        from limit_bucket b join task_limit l using (limit_no) where b.bucket_id = any(v_buckets);
        insert into ready_queue select goes_to, c.rank, c.run_id, c.task_no, c.map_index from lane where lane_id = c.lane_id on conflict do nothing;
        v_admitted := v_admitted + 1;
      else
        insert into limit_wait(run_id, task_no, map_index, bucket_id, rank, lane_id) values (c.run_id, c.task_no, c.map_index, v_full, c.rank, c.lane_id)
        on conflict (run_id, task_no, map_index) do update set bucket_id = excluded.bucket_id, rank = excluded.rank, lane_id = excluded.lane_id;
        v_touched := v_touched || v_full;
      end if;
    end if;
    if v_full is null then
      delete from limit_wait where run_id = c.run_id and task_no = c.task_no and map_index = c.map_index;
    end if;
  end loop;

  -- When each line is looked at next: when a token is there; at once, if there is room; else when somebody is done.
  update limit_bucket b set due_at = case
      when not exists (select 1 from limit_wait w where w.bucket_id = b.bucket_id) then null
      when limit_room(b.bucket_id, l.at_once, l.starts, l.per, l.burst, b.tat, v_now) > 0 then v_now
      when l.starts is null or h.n >= l.burst then null
      else b.tat - make_interval(secs => (l.burst - 1 - h.n) * l.per / l.starts) end
  from task_limit l, limit_bucket o cross join lateral (
    select count(*)::int n from limit_hold h where h.bucket_id = o.bucket_id and (not h.done or h.started_at is not null)) h
  where l.limit_no = b.limit_no and o.bucket_id = b.bucket_id and (b.due_at <= v_now or b.bucket_id = any(v_touched));
  if v_admitted > 0 then perform pg_notify('pipelines_worker', ''); end if;
  return coalesce(cardinality(c_run), 0);
end $$;
