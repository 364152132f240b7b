-- Tasks without a body (dag_task.wait). When one can run it is queued like any other, in the lane '~wait', which no worker serves:
-- the scheduler takes it from there, works out what it waits for (WaitPlan in C#: zones and arguments) and parks it in w.

-- Takes waits out of their lane, each as an object: the instance; due: when its timer fires; or error: it fails with that; or dag: whose runs
-- it waits for, by tick (from_at) or interval (from_at, to_at), or with starts: of which it starts a run, and ends if detached.
-- One whose instance is queued no more is left out, and one that starts a run of a key that another transaction is just about to open: it is asked for again. A dag that is not there yet has
-- ten minutes to be loaded. Returns how many were taken.
create or replace function begin_waits(p_waits jsonb) returns int language plpgsql as $$
declare v_now timestamptz; v_runs bigint[]; v_lane smallint; n int; v_unmade boolean; e_run bigint[]; e_task int[]; e_map int[]; e_state "char"[];
begin
  select lane_id into v_lane from lane where queue = '~wait';
  -- Dags before runs: a run of them is made here.
  perform 1 from dag where dag_id in (select w ->> 'dag' from jsonb_array_elements(p_waits) w where (w ->> 'starts')::boolean) order by dag_no for no key update;
  -- Who opens a run of a key in a transaction of their own holds its lock, maybe for long: nobody else's runs shall wait for them. What the others have committed, the statement below sees.
  select coalesce(jsonb_agg(w) filter (where k.key is null or pg_try_advisory_xact_lock(entity_lock(d.dag_no, k.key))), '[]') into p_waits
  from jsonb_array_elements(p_waits) w left join dag d on d.dag_id = w ->> 'dag' and (w ->> 'starts')::boolean
    left join lateral (select entity_of(d.version_id, w -> 'arguments') key) k on d.version_id is not null;
  select array_agg(run_id) into v_runs from (
    select run_id from dag_run where run_id in (select (w ->> 'run')::bigint from jsonb_array_elements(p_waits) w) and state = 'r' order by run_id for no key update) r;
  v_now := clock_timestamp();
  with asked as materialized (
    select w.*, case when w.starts then too_deep(w.run) end deep
    from jsonb_to_recordset(p_waits) w(
      run bigint, task int, map int, due timestamptz, error text, dag text, awaits text, from_at timestamptz, to_at timestamptz,
      timeout double precision, fails boolean, soft boolean, starts boolean, detached boolean, arguments jsonb, closes boolean,
      signal text, question text, evidence jsonb, needed smallint, people text[], by_admin boolean, not_by_starter boolean, on_reject text, on_expiry text)),
  taken as (
    delete from ready_queue q using asked w
    where q.lane_id = v_lane and q.run_id = any(v_runs) and q.run_id = w.run and q.task_no = w.task and q.map_index = w.map
    returning w.*),
  child as (
    insert into dag_run(dag_no, version_id, kind, state, scheduled_for, interval_start, interval_end, arguments, created_by, created_at,
      parent_run, parent_task, parent_map, parent_epoch, parent_close, notify, traceparent)
    select d.dag_no, d.version_id, 'm', 'q', v_now, p.interval_start, p.interval_end, w.arguments, format('run %s, task %s', w.run, k.task_id), v_now, w.run, w.task, w.map, p.epoch, case when w.closes then 'c' else 'a' end, v.notify, trace_of(p)
    from taken w join dag_run p on p.run_id = w.run join dag_task k on k.version_id = p.version_id and k.task_no = w.task
      join dag d on d.dag_id = w.dag join dag_version v on v.version_id = d.version_id
    where w.starts and w.error is null and w.deep is null
    on conflict do nothing
    returning run_id, dag_no, created_by, parent_run, parent_task, parent_map, parent_close, entity_key),
  made as (
    insert into event(at, dag_no, run_id, to_state, actor, why) select v_now, dag_no, run_id, 'q', created_by, 'started by ' || created_by from child),
  parked as (
    select w.*, case when e.refused is null then coalesce(c.run_id, o.run_id, e.run_id) end child, coalesce(w.error, w.deep, e.refused) refused, e.run_id is not null joined,
           case when coalesce(w.error, w.deep, e.refused) is not null then 'f' when w.detached then 's' when w.question is not null then 'a' else 'w' end::"char" state,
           v_now + make_interval(secs => w.timeout) gives_up_at,
           w.dag is not null and not coalesce(w.starts, false) and not exists (select 1 from dag d where d.dag_id = w.dag and d.version_id is not null) unknown
    from taken w join dag_run p on p.run_id = w.run
      left join child c on c.parent_run = w.run and c.parent_task = w.task and c.parent_map = w.map
      left join dag_run o on o.parent_run = w.run and o.parent_task = w.task and o.parent_map = w.map and o.parent_name = '' and o.parent_epoch = p.epoch
      left join lateral (                                               -- an open run of its key: by what the DAG says it is joined
        select x.run_id, case when v.on_conflict = 'r' or x.run_id = w.run then entity_refusal(x.run_id, x.key) end refused
        from dag d join dag_version v on v.version_id = d.version_id and v.run_key is not null
          cross join lateral (select k.key, coalesce((select s.run_id from child s where s.dag_no = d.dag_no and s.entity_key = k.key order by s.run_id limit 1), open_entity(d.dag_no, k.key)) run_id
            from (select entity_of(v.version_id, w.arguments) key) k) x
        where d.dag_id = w.dag and x.run_id is not null) e on w.starts and w.error is null and w.deep is null and c.run_id is null and o.run_id is null),
  moved as (
    update task_instance t set state = w.state, first_started_at = v_now, started_at = v_now, finished_at = case when w.state not in ('w', 'a') then v_now end,
      output = case when w.state = 's' then to_jsonb(w.child) end
    from parked w where t.run_id = w.run and t.task_no = w.task and t.map_index = w.map and t.state = 'q'
    returning t.run_id, t.task_no, t.map_index, t.attempt, t.state, w.refused error, w.child, w.joined, w.dag, w.signal, w.question, w.starts),
  waits as (
    insert into wait
    select run, task, map, dag, awaits, from_at, to_at, child, coalesce(fails, false), coalesce(soft, false), gives_up_at from parked where state = 'w' and dag is not null),
  listening as (
    insert into signal_wait select run, task, map, signal, gives_up_at, coalesce(soft, false) from parked where state = 'w' and signal is not null),
  questions as (
    insert into approval
    select q.run, q.task, q.map, r.dag_no, 'a', q.question, q.evidence, q.needed, q.people, coalesce(q.by_admin, false), coalesce(q.not_by_starter, false), q.on_reject::"char", q.on_expiry::"char", v_now, q.gives_up_at
    from parked q join dag_run r on r.run_id = q.run where q.state = 'a'
    on conflict (run_id, task_no, map_index) do update set
      state = 'a', question = excluded.question, evidence = excluded.evidence, needed = excluded.needed, people = excluded.people, by_admin = excluded.by_admin, not_by_starter = excluded.not_by_starter,
      on_reject = excluded.on_reject, on_expiry = excluded.on_expiry, asked_at = excluded.asked_at, expires_at = excluded.expires_at, decided_at = null),
  -- Looked at when this has been committed, like one whose run has just ended: what it waits for may be there already.
  look as (insert into run_end(run_id) select distinct run from parked where state = 'w' and dag is not null),
  timed as (
    insert into timer
    select case when due is not null then due when unknown then least(gives_up_at, v_now + interval '10 minutes') else gives_up_at end, run, task, map
    from parked where state in ('w', 'a') and (due is not null or unknown or gives_up_at is not null)),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select v_now, run_id, task_no, map_index, attempt, 'q', state, 'scheduler', coalesce(error, case when child is not null then format(case when joined then 'joins run %s of %s, which is open for its key' else 'run %s of %s started' end, child, dag)
        || case when exists (select 1 from dag d where d.dag_id = dag and d.paused) then format('; the DAG is paused, so it begins after `pipelines dags resume %s`', dag) else '' end end, 'waits for the signal ' || signal, question) from moved)
  select count(*), array_agg(run_id) filter (where state not in ('w', 'a')), array_agg(task_no) filter (where state not in ('w', 'a')),
         array_agg(map_index) filter (where state not in ('w', 'a')), array_agg(state) filter (where state not in ('w', 'a')), bool_or(starts and child is null and error is null)
    into n, e_run, e_task, e_map, e_state, v_unmade from moved;
  if v_unmade then raise exception 'a run of the key has just been opened' using errcode = '40001'; end if;
  update dag_run r set parenting = true where run_id = any(v_runs) and not parenting and exists (select 1 from dag_run c where c.parent_run = r.run_id and c.parent_close = 'c');
  perform deliver_signals(v_runs, v_now);                               -- those that came early
  if e_run is not null then
    perform settle(e_run, e_task, e_map, e_state, v_now, null, 0, null);
    perform pg_notify('pipelines_worker', '');
  end if;
  return n;
end $$;

-- Told by whoever ends instances or runs: those that may be waited for are noted, without locking what waits for them.
create or replace function tell_waits(p_run bigint[], p_task int[]) returns void language plpgsql as $$
begin
  insert into run_end(run_id)
  select r.run_id
  from (select distinct run_id from unnest(p_run) a(run_id)) a
    cross join lateral (select r.run_id, r.state, r.version_id, d.dag_id from dag_run r join dag d on d.dag_no = r.dag_no where r.run_id = a.run_id offset 0) r
  where r.state in ('s', 'f', 'c') and exists (select 1 from awaited w where w.dag_id = r.dag_id)
    or exists (
      select 1 from awaited w join dag_task k on k.version_id = r.version_id and k.task_id = w.task_id
        join unnest(p_run, p_task) e(run_id, task_no) on e.run_id = r.run_id and e.task_no = k.task_no
      where w.dag_id = r.dag_id and w.task_id <> '');
  if found then
    perform pg_notify('pipelines_scheduler', '');
  end if;
end $$;

-- Ends the waits whose runs have come to what they wait for: looks at those that the ended runs concern, or with p_all, the safety net, at all.
create or replace function open_waits(p_limit int, p_all boolean) returns int language plpgsql as $$
declare v_ended bigint[]; w_run bigint[]; w_task int[]; w_map int[]; v_now timestamptz; v_lane smallint; n int; e_run bigint[]; e_task int[]; e_map int[]; e_state "char"[];
begin
  if p_all then
    select array_agg(w.run_id), array_agg(w.task_no), array_agg(w.map_index) into w_run, w_task, w_map from wait w;
  else
    with ended as (
      delete from run_end where end_id in (select end_id from run_end order by end_id limit p_limit for update skip locked) returning run_id)
    select array_agg(distinct run_id) into v_ended from ended;
    if v_ended is null then return 0; end if;
    select array_agg(w.run_id), array_agg(w.task_no), array_agg(w.map_index) into w_run, w_task, w_map
    from (
      select w.run_id, w.task_no, w.map_index                          -- or for the run before it: who began to wait while it went on
      from unnest(v_ended) e(run_id) left join dag_run r on r.run_id = e.run_id join wait w on w.child_run in (e.run_id, r.continues)
      union
      select w.run_id, w.task_no, w.map_index from unnest(v_ended) e(run_id) join wait w on w.run_id = e.run_id
      union
      select w.run_id, w.task_no, w.map_index from unnest(v_ended) e(run_id)
        join dag_run r on r.run_id = e.run_id and r.kind in ('s', 'b') join dag d on d.dag_no = r.dag_no
        join wait w on w.dag_id = d.dag_id and w.child_run is null and w.from_at <= r.scheduled_for
          and (w.to_at > r.interval_start or w.to_at is null and w.from_at = r.scheduled_for)) w;
  end if;
  -- Only those that are over are locked, and looked at again then: what was cleared or stopped meanwhile waits no more.
  select array_agg(w.run_id), array_agg(w.task_no), array_agg(w.map_index) into w_run, w_task, w_map
  from unnest(w_run, w_task, w_map) x(run_id, task_no, map_index)
    join wait w on w.run_id = x.run_id and w.task_no = x.task_no and w.map_index = x.map_index cross join lateral wait_verdict(w) v
  where v.verdict is not null;
  if w_run is null then return 0; end if;
  perform 1 from dag_run where run_id = any(w_run) order by run_id for no key update;
  v_now := clock_timestamp();
  select lane_id into v_lane from lane where queue = '~wait';
  with decided as materialized (
    select w.run_id, w.task_no, w.map_index, last_of(w.child_run) child_run, v.verdict, v.why, v.result
    from unnest(w_run, w_task, w_map) x(run_id, task_no, map_index)
      join wait w on w.run_id = x.run_id and w.task_no = x.task_no and w.map_index = x.map_index cross join lateral wait_verdict(w) v
    where v.verdict is not null),
  over as (
    delete from wait w using decided d where w.run_id = d.run_id and w.task_no = d.task_no and w.map_index = d.map_index returning d.*),
  untimed as (
    delete from timer m using over o where m.run_id = o.run_id and m.task_no = o.task_no and m.map_index = o.map_index),
  moved as (                                                            -- a body goes on, and looks itself how its child has ended
    update task_instance t set state = case when t.lane_id = v_lane then o.verdict else 'q' end, finished_at = case when t.lane_id = v_lane then v_now end,
      queued_at = case when t.lane_id = v_lane then t.queued_at else v_now end,
      output = case when t.lane_id = v_lane and o.verdict = 's' then coalesce(output_of(o.child_run, o.result), to_jsonb(o.child_run)) end
    from over o where t.run_id = o.run_id and t.task_no = o.task_no and t.map_index = o.map_index and t.state = 'w'
    returning t.run_id, t.task_no, t.map_index, t.attempt, t.state, t.lane_id, t.priority, o.why),
  queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, map_index from moved where state = 'q' on conflict do nothing),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select v_now, run_id, task_no, map_index, attempt, 'w', state, 'scheduler', why from moved)
  select count(*), array_agg(run_id) filter (where state <> 'q'), array_agg(task_no) filter (where state <> 'q'), array_agg(map_index) filter (where state <> 'q'),
         array_agg(state) filter (where state <> 'q')
    into n, e_run, e_task, e_map, e_state from moved;
  if e_run is not null then
    perform settle(e_run, e_task, e_map, e_state, v_now, null, 0, null);
  end if;
  if n > 0 then
    perform pg_notify('pipelines_worker', '');
    perform pg_notify('pipelines_scheduler', '') from lane l where l.goes_to is not null and (select 1 from ready_queue q where q.lane_id = l.lane_id limit 1) is not null limit 1;
  end if;
  return n;
end $$;

-- Whether the engine looks at the output of what waits, and not bodies alone.
create or replace function looked_at(w wait) returns boolean language sql stable as $$
  select exists (
    select 1 from dag_run r
    where r.run_id = w.run_id and (
      exists (select 1 from dag_edge e where e.version_id = r.version_id and e.up_no = w.task_no and e.when_value is not null)
      or exists (select 1 from dag_task k where k.version_id = r.version_id and k.over_no = w.task_no)
      or exists (select 1 from limit_of_task l where l.version_id = r.version_id and l.key_task = w.task_no))) $$;

-- What a wait has come to: s, f, or null: nothing yet. A run that is to be run again counts as not there.
create or replace function wait_verdict(w wait, out verdict "char", out why text, out result text) language plpgsql stable as $$
declare v_dag int; v_failed bigint; v_done bigint; v_spans tstzmultirange; v_child bigint;
begin
  if w.child_run is not null then
    v_child := last_of(w.child_run);
    select k.wait ->> 'result' into result from dag_run r join dag_task k on k.version_id = r.version_id and k.task_no = w.task_no where r.run_id = w.run_id;
    select case state when 's' then 's' when 'f' then 'f' when 'c' then 'f' end,
           format('run %s of %s %s', run_id, w.dag_id, case state when 's' then 'succeeded' when 'f' then 'failed' else 'was cancelled' end)
      into verdict, why from dag_run where run_id = v_child;
    if not found then
      verdict := 'f';
      why := format('run %s of %s, which was waited for, has been deleted', v_child, w.dag_id);
    elsif verdict = 's' and result is not null and output_of(v_child, result) is null then
      verdict := 'f';
      why := no_output(v_child, result);
    elsif verdict = 's' and result is not null and output_of(v_child, result) ? '$enc' and looked_at(w) then
      verdict := 'f';
      why := format('the result of run %s of %s is encrypted, and a branch, a map or a limit hangs on it, which its DAG does not know. Take it through a task of this DAG: what that returns stays plain', v_child, w.dag_id);
    end if;
    return;
  end if;
  select dag_no into v_dag from dag where dag_id = w.dag_id;
  select min(run_id) filter (where x.state = 'f'), min(run_id) filter (where x.state = 's'), range_agg(x.span) filter (where x.state = 's')
    into v_failed, v_done, v_spans
  from (
    select r.run_id, tstzrange(r.interval_start, r.interval_end) span,
           case when r.state = 'q' then null
                when w.task_id is null then case r.state when 's' then 's' when 'f' then 'f' when 'c' then 'f' end
                else coalesce(case when t.state in ('s', 'k') then 's' when t.state in ('f', 'u', 'c') then 'f' end,
                              case when k.task_no is null and r.state <> 'r' then 'f' end) end state
    from dag_run r
      left join dag_task k on w.task_id is not null and k.version_id = r.version_id and k.task_id = w.task_id and k.trigger_rule <> 18
      left join task_instance t on t.run_id = r.run_id and t.task_no = k.task_no and t.map_index = -1
    where r.dag_no = v_dag and r.kind in ('s', 'b')
      and (w.to_at is null and r.scheduled_for = w.from_at
        or w.to_at is not null and r.scheduled_for > w.from_at and r.interval_start < w.to_at
           and r.scheduled_for <= coalesce((                            -- intervals tile time: no later run begins before this one ends
             select min(l.scheduled_for) from dag_run l where l.dag_no = v_dag and l.kind in ('s', 'b') and l.scheduled_for >= w.to_at), 'infinity'))) x;
  if w.fails and v_failed is not null then
    verdict := 'f';
    why := format('run %s of %s failed', v_failed, w.dag_id || coalesce(', task ' || w.task_id, ''));
  elsif w.to_at is null and v_done is not null or v_spans @> tstzrange(w.from_at, w.to_at) then
    verdict := 's';
    why := case when w.to_at is null then format('run %s of %s succeeded', v_done, w.dag_id || coalesce(', task ' || w.task_id, ''))
                else format('the runs of %s that cover the interval succeeded', w.dag_id || coalesce(', task ' || w.task_id, '')) end;
  end if;
end $$;
