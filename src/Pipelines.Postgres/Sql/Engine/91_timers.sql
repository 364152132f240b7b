-- Does what timers are due for: retries and polls go back into the queue, delays and moments have come, waits for other DAGs are over
-- their timeout. Runs are locked before their timers, like everywhere.
create or replace function fire_timers(p_limit int) returns int language plpgsql as $$
declare
  v_now timestamptz := clock_timestamp(); v_runs bigint[]; v_lane smallint; n int;   -- compared with a volatile function, every timer would be looked at
  e_run bigint[]; e_task int[]; e_map int[]; e_state "char"[]; v_asked record;
begin
  select array_agg(run_id order by run_id) into v_runs from (
    select distinct run_id from (select run_id from timer where due_at <= v_now order by due_at limit p_limit) t) x;
  if v_runs is null then return 0; end if;
  perform 1 from dag_run where run_id = any(v_runs) order by run_id for no key update;
  select lane_id into v_lane from lane where queue = '~wait';
  v_now := clock_timestamp();
  n := 0;
  for v_asked in
    select a.run_id, a.task_no, a.map_index, a.on_expiry = 's' approved
    from timer m join approval a on a.run_id = m.run_id and a.task_no = m.task_no and a.map_index = m.map_index and a.state = 'a'
    where m.run_id = any(v_runs) and m.due_at <= v_now
  loop
    perform end_approval(v_asked.run_id, v_asked.task_no, v_asked.map_index, v_asked.approved, 'scheduler', 'nobody decided in time: ' || case when v_asked.approved then 'approved' else 'rejected' end, v_now);
    n := n + 1;
  end loop;
  with due as (
    delete from timer where run_id = any(v_runs) and due_at <= v_now returning run_id, task_no, map_index),
  up as (
    update task_instance t set state = 'q', queued_at = v_now
    from due d, task_instance o
    where t.run_id = d.run_id and t.task_no = d.task_no and t.map_index = d.map_index and (t.state = 'y' or t.state = 'w' and t.lane_id is distinct from v_lane)
      and o.run_id = t.run_id and o.task_no = t.task_no and o.map_index = t.map_index
    returning t.run_id, t.task_no, t.map_index, t.attempt, t.lane_id, t.priority, t.polls, o.state was),
  deaf as (                                                             -- bodies that waited for a signal, or the time
    delete from signal_wait w using up u where w.run_id = u.run_id and w.task_no = u.task_no and w.map_index = u.map_index),
  unfollowed as (                                                       -- or for a run that they have started
    delete from wait w using up u where w.run_id = u.run_id and w.task_no = u.task_no and w.map_index = u.map_index),
  queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, map_index from up on conflict do nothing),
  asked as (                                                            -- a DAG that was not loaded when its runs began to be waited for
    select d.*, coalesce(w.gives_up_at, s.gives_up_at) gives_up_at, coalesce(w.soft, s.soft) soft, coalesce(w.dag_id, 'the signal ' || s.name) dag_id,
           s.run_id is not null heard, w.run_id is not null and w.child_run is null and not exists (select 1 from dag g where g.dag_id = w.dag_id and g.version_id is not null) unknown
    from due d left join wait w on w.run_id = d.run_id and w.task_no = d.task_no and w.map_index = d.map_index
      left join signal_wait s on s.run_id = d.run_id and s.task_no = d.task_no and s.map_index = d.map_index
      join task_instance i on i.run_id = d.run_id and i.task_no = d.task_no and i.map_index = d.map_index and i.state = 'w' and i.lane_id = v_lane),
  again as (
    insert into timer select gives_up_at, run_id, task_no, map_index from asked where not unknown and gives_up_at > v_now),
  over as (
    update task_instance t set state = case when a.dag_id is null then 's' when a.soft and a.gives_up_at <= v_now then 'k' else 'f' end, finished_at = v_now
    from asked a
    where t.run_id = a.run_id and t.task_no = a.task_no and t.map_index = a.map_index and t.state = 'w' and t.lane_id = v_lane
      and (a.unknown or a.dag_id is null or a.gives_up_at <= v_now)
    returning t.run_id, t.task_no, t.map_index, t.attempt, t.state, a.dag_id,
      case when a.gives_up_at <= v_now then 'gave up: ' || a.dag_id || case when a.heard then ' has not come in time' else ' has not come to what it waits for in time' end
           when a.unknown then format('there is no DAG %s: 10 minutes after the wait began none of that id has been loaded', a.dag_id) end why),
  unwaited as (
    delete from wait w using over o where w.run_id = o.run_id and w.task_no = o.task_no and w.map_index = o.map_index),
  unheard as (
    delete from signal_wait w using over o where w.run_id = o.run_id and w.task_no = o.task_no and w.map_index = o.map_index),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select v_now, run_id, task_no, map_index, attempt, was, 'q', 'scheduler', null from up where was = 'y' or polls = 0   -- not of polls: there are thousands
    union all
    select v_now, run_id, task_no, map_index, attempt, 'w', state, 'scheduler', why from over)
  select n + (select count(*) from up), array_agg(run_id), array_agg(task_no), array_agg(map_index), array_agg(state) into n, e_run, e_task, e_map, e_state from over;
  if e_run is not null then
    n := n + cardinality(e_run);
    perform close_children(o.run_id, format('run %s, which has started it, waits for it no more', o.run_id), array_agg(o.task_no), array_agg(o.map_index))
    from unnest(e_run, e_task, e_map) o(run_id, task_no, map_index) join dag_run r on r.run_id = o.run_id and r.parenting group by o.run_id;
    perform settle(e_run, e_task, e_map, e_state, v_now, null, 0, null);
  end if;
  if n > 0 then perform pg_notify('pipelines_worker', ''); end if;
  return n;
end $$;

-- The safety net under the next open runs, for they are locked meanwhile: where many sleep for months, each has its turn. It must find nothing; what it finds is repaired and
-- reported, for somebody has edited rows by hand or the engine has a fault. more: there are runs that have not had their turn.
create or replace function sweep(p_limit int, out repaired int, out more boolean) language plpgsql as $$
declare v_runs bigint[]; v_after bigint := coalesce((select run_id from sweep_mark), 0); q int; y int; p int := 0;
begin
  v_runs := array(select run_id from dag_run where state = 'r' and run_id > v_after order by run_id limit p_limit);
  more := cardinality(v_runs) = p_limit;
  insert into sweep_mark(run_id) values (case when more then v_runs[p_limit] else 0 end) on conflict (one) do update set run_id = excluded.run_id;
  -- Runs that somebody moves just now are left to the next time.
  v_runs := array(
    select r from unnest(v_runs) r cross join lateral (select 1 from task_instance t where t.run_id = r and t.state in ('q', 'y', 'w') limit 1) t);
  select array_agg(run_id) into v_runs from (
    select run_id from dag_run where run_id = any(v_runs) and state = 'r' order by run_id for no key update skip locked) x;
  perform 1 from pool order by pool_id for no key update;
  with fixed as (
    insert into ready_queue
    select t.lane_id, -t.priority, t.run_id, t.task_no, t.map_index
    from task_instance t
    where t.run_id = any(v_runs) and t.state = 'q' and t.queued_at < clock_timestamp() - interval '1 minute'
      and not exists (select 1 from limit_wait w where w.run_id = t.run_id and w.task_no = t.task_no and w.map_index = t.map_index)
      and not exists (                                                  -- admitted already
        select 1 from lane l join ready_queue r on r.lane_id = l.goes_to and r.rank = -t.priority
        where l.lane_id = t.lane_id and r.run_id = t.run_id and r.task_no = t.task_no and r.map_index = t.map_index)
    on conflict do nothing returning 1) select count(*) into q from fixed;
  -- A claim in flight hid its row from us and has started the instance meanwhile: nothing was amiss.
  with started as (
    delete from ready_queue r using task_instance t
    where q > 0 and r.run_id = any(v_runs) and t.run_id = r.run_id and t.task_no = r.task_no and t.map_index = r.map_index and t.state <> 'q'
    returning 1) select q - count(*) into q from started;
  with fixed as (
    insert into timer
    select clock_timestamp(), t.run_id, t.task_no, t.map_index
    from task_instance t
      left join lane l on l.lane_id = t.lane_id
    where t.run_id = any(v_runs) and (t.state = 'y' or t.state = 'w' and l.queue <> '~wait' and t.first_started_at is not null)
      and not exists (select 1 from timer m where m.run_id = t.run_id and m.task_no = t.task_no and m.map_index = t.map_index)
      and not exists (select 1 from signal_wait w where w.run_id = t.run_id and w.task_no = t.task_no and w.map_index = t.map_index)
      and not exists (select 1 from wait w where w.run_id = t.run_id and w.task_no = t.task_no and w.map_index = t.map_index)
    on conflict do nothing returning 1) select count(*) into y from fixed;
  with fixed as (
    insert into gate select t.run_id, t.task_no from dag_run r join task_instance t on t.run_id = r.run_id
    where r.run_id = any(v_runs) and t.state = 'w' and t.gated and t.first_started_at is null
    on conflict do nothing returning 1) select y + count(*) into y from fixed;
  -- A wait that has lost its timer or what it waits for begins anew: what that is follows from when it was queued.
  if exists (select 1 from lane where queue = '~wait') then
    with fixed as (
      update task_instance t set state = 'q'
      from lane l
      where t.run_id = any(v_runs) and t.state = 'w' and l.lane_id = t.lane_id and l.queue = '~wait'
        and not exists (select 1 from timer m where m.run_id = t.run_id and m.task_no = t.task_no and m.map_index = t.map_index)
        and not exists (select 1 from wait w where w.run_id = t.run_id and w.task_no = t.task_no and w.map_index = t.map_index)
        and not exists (select 1 from signal_wait w where w.run_id = t.run_id and w.task_no = t.task_no and w.map_index = t.map_index)
      returning t.run_id, t.task_no, t.map_index, t.attempt, t.lane_id, t.priority),
    queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, map_index from fixed),
    told as (
      insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
      select clock_timestamp(), run_id, task_no, map_index, attempt, 'w', 'q', 'scheduler', 'its timer was gone' from fixed)
    select y + count(*) into y from fixed;
  end if;
  with stale as (                                                       -- and whoever is done with a limit without a word
    update limit_hold h set done = true from task_instance t
    where h.run_id = any(v_runs) and not h.done and t.run_id = h.run_id and t.task_no = h.task_no and t.map_index = h.map_index and t.state not in ('q', 'r')
    returning 1) select y + count(*) into y from stale;
  -- What runs is looked for in every open run, so once in a round, and only where something may run.
  if v_after = 0 and (exists (select 1 from pool where used <> 0) or exists (select 1 from pool) and exists (select 1 from worker where stopped_at is null and busy > 0)) then
    with counted as (
      select l.pool_id, sum(l.weight)::int n
      from dag_run r
        cross join lateral (select t.lane_id from task_instance t where t.run_id = r.run_id and t.state = 'r' offset 0) t
        join lane l on l.lane_id = t.lane_id
      where r.state = 'r' and l.pool_id is not null group by l.pool_id),
    fixed as (
      update pool set used = coalesce(c.n, 0) from pool o left join counted c on c.pool_id = o.pool_id
      where pool.pool_id = o.pool_id and pool.used <> coalesce(c.n, 0) returning 1) select count(*) into p from fixed;
  end if;
  repaired := q + y + p;
end $$;

-- Makes the monthly partitions of the history for this month and the next two. The default partition catches rows of a month
-- that had none yet (nobody ran for a long time); they move when it is made.
create or replace function make_partitions() returns void language plpgsql as $$
declare t text; m timestamptz; name text;
begin
  perform pg_advisory_xact_lock(hashtext('pipelines.partitions'));
  foreach t in array array['event', 'log_chunk'] loop
    for i in 0..2 loop
      m := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => i)) at time zone 'UTC';
      name := format('%s_%s', t, to_char(m at time zone 'UTC', 'YYYYMM'));
      continue when to_regclass(name) is not null;
      -- Rows that are being written into the default partition are waited for: one left there would keep the new one out.
      execute format('lock table %I in access exclusive mode', t || '_default');
      execute format('create table %I (like %I including defaults)', name, t);
      execute format('with late as (delete from %I where at >= $1 and at < $2 returning *) insert into %I select * from late', t || '_default', name)
        using m, (m at time zone 'UTC' + interval '1 month') at time zone 'UTC';
      execute format('alter table %I attach partition %I for values from (%L) to (%L)', t, name, m, (m at time zone 'UTC' + interval '1 month') at time zone 'UTC');
    end loop;
  end loop;
end $$;
