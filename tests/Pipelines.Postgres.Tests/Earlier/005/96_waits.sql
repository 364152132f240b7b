-- Tasks without a body (dag_task.wait). When one can run it is queued like any other, in the lane '~wait', which no worker serves:
-- the scheduler takes it from there, works out what it waits for (WaitPlan in C#: zones and arguments) and parks it in w.

-- Takes waits out of their lane, each as an object: the instance; due: when its timer fires; or error: it fails with that; or dag: whose runs
-- it waits for, by tick (from_at) or interval (from_at, to_at), or with starts: of which it starts a run, and ends if detached.
-- One whose instance is queued no more is left out. A dag that is not there yet has ten minutes to be loaded. Returns how many were taken.
create or replace function begin_waits(p_waits jsonb) returns int language plpgsql as $$
declare v_now timestamptz; v_runs bigint[]; v_lane smallint; n int; e_run bigint[]; e_task int[]; e_map int[]; e_state "char"[];
begin
  select lane_id into v_lane from lane where queue = '~wait';
  -- Dags before runs: a run of them is made here.
  perform 1 from dag where dag_id in (select w ->> 'dag' from jsonb_array_elements(p_waits) w where (w ->> 'starts')::boolean) order by dag_no for no key update;
  select array_agg(run_id) into v_runs from (
    select run_id from dag_run where run_id in (select (w ->> 'run')::bigint from jsonb_array_elements(p_waits) w) and state = 'r' order by run_id for no key update) r;
  v_now := clock_timestamp();
  with asked as materialized (
    select * from jsonb_to_recordset(p_waits) w(
      run bigint, task int, map int, due timestamptz, error text, dag text, awaits text, from_at timestamptz, to_at timestamptz,
      timeout double precision, fails boolean, soft boolean, starts boolean, detached boolean, arguments jsonb)),
  taken as (
    delete from ready_queue q using asked w
    where q.lane_id = v_lane and q.run_id = any(v_runs) and q.run_id = w.run and q.task_no = w.task and q.map_index = w.map
    returning w.*),
  child as (
    insert into dag_run(dag_no, version_id, kind, state, scheduled_for, interval_start, interval_end, arguments, created_by, created_at,
      parent_run, parent_task, parent_map, parent_epoch, notify, traceparent)
    select d.dag_no, d.version_id, 'm', 'q', v_now, p.interval_start, p.interval_end, w.arguments, format('run %s, task %s', w.run, k.task_id), v_now, w.run, w.task, w.map, p.epoch, v.notify, p.traceparent
    from taken w join dag_run p on p.run_id = w.run join dag_task k on k.version_id = p.version_id and k.task_no = w.task
      join dag d on d.dag_id = w.dag join dag_version v on v.version_id = d.version_id
    where w.starts and w.error is null
    on conflict do nothing
    returning run_id, dag_no, created_by, parent_run, parent_task, parent_map),
  made as (
    insert into event(at, dag_no, run_id, to_state, actor, why) select v_now, dag_no, run_id, 'q', created_by, 'started by ' || created_by from child),
  parked as (
    select w.*, coalesce(c.run_id, o.run_id) child, case when w.error is not null then 'f' when w.detached then 's' else 'w' end::"char" state,
           v_now + make_interval(secs => w.timeout) gives_up_at,
           w.dag is not null and not coalesce(w.starts, false) and not exists (select 1 from dag d where d.dag_id = w.dag and d.version_id is not null) unknown
    from taken w join dag_run p on p.run_id = w.run
      left join child c on c.parent_run = w.run and c.parent_task = w.task and c.parent_map = w.map
      left join dag_run o on o.parent_run = w.run and o.parent_task = w.task and o.parent_map = w.map and o.parent_epoch = p.epoch),
  moved as (
    update task_instance t set state = w.state, first_started_at = v_now, started_at = v_now, finished_at = case when w.state <> 'w' then v_now end,
      output = case when w.state = 's' then to_jsonb(w.child) end
    from parked w where t.run_id = w.run and t.task_no = w.task and t.map_index = w.map and t.state = 'q'
    returning t.run_id, t.task_no, t.map_index, t.attempt, t.state, w.error, w.child, w.dag),
  waits as (
    insert into wait
    select run, task, map, dag, awaits, from_at, to_at, child, coalesce(fails, false), coalesce(soft, false), gives_up_at from parked where state = 'w' and dag is not null),
  -- Looked at when this has been committed, like one whose run has just ended: what it waits for may be there already.
  look as (insert into run_end(run_id) select distinct run from parked where state = 'w' and dag is not null),
  timed as (
    insert into timer
    select case when dag is null then due when unknown then least(gives_up_at, v_now + interval '10 minutes') else gives_up_at end, run, task, map
    from parked where state = 'w' and (dag is null or unknown or gives_up_at is not null)),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select v_now, run_id, task_no, map_index, attempt, 'q', state, 'scheduler', coalesce(error, case when child is not null then format('run %s of %s started', child, dag) end) from moved)
  select count(*), array_agg(run_id) filter (where state <> 'w'), array_agg(task_no) filter (where state <> 'w'),
         array_agg(map_index) filter (where state <> 'w'), array_agg(state) filter (where state <> 'w')
    into n, e_run, e_task, e_map, e_state from moved;
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
declare v_ended bigint[]; w_run bigint[]; w_task int[]; w_map int[]; v_now timestamptz; n int; e_run bigint[]; e_task int[]; e_map int[]; e_state "char"[];
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
      select w.run_id, w.task_no, w.map_index from unnest(v_ended) e(run_id) join wait w on w.child_run = e.run_id
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
  with decided as materialized (
    select w.run_id, w.task_no, w.map_index, w.child_run, v.verdict, v.why
    from unnest(w_run, w_task, w_map) x(run_id, task_no, map_index)
      join wait w on w.run_id = x.run_id and w.task_no = x.task_no and w.map_index = x.map_index cross join lateral wait_verdict(w) v
    where v.verdict is not null),
  over as (
    delete from wait w using decided d where w.run_id = d.run_id and w.task_no = d.task_no and w.map_index = d.map_index returning d.*),
  untimed as (
    delete from timer m using over o where m.run_id = o.run_id and m.task_no = o.task_no and m.map_index = o.map_index),
  moved as (
    update task_instance t set state = o.verdict, finished_at = v_now, output = case when o.verdict = 's' then to_jsonb(o.child_run) end
    from over o where t.run_id = o.run_id and t.task_no = o.task_no and t.map_index = o.map_index and t.state = 'w'
    returning t.run_id, t.task_no, t.map_index, t.attempt, t.state, o.why),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select v_now, run_id, task_no, map_index, attempt, 'w', state, 'scheduler', why from moved)
  select count(*), array_agg(run_id), array_agg(task_no), array_agg(map_index), array_agg(state) into n, e_run, e_task, e_map, e_state from moved;
  if n > 0 then
    perform settle(e_run, e_task, e_map, e_state, v_now, null, 0, null);
    perform pg_notify('pipelines_worker', '');
  end if;
  return n;
end $$;

-- What a wait has come to: s, f, or null: nothing yet. A run that is to be run again counts as not there.
create or replace function wait_verdict(w wait, out verdict "char", out why text) language plpgsql stable as $$
declare v_dag int; v_failed bigint; v_done bigint; v_spans tstzmultirange;
begin
  if w.child_run is not null then
    select case state when 's' then 's' when 'f' then 'f' when 'c' then 'f' end,
           format('run %s of %s %s', run_id, w.dag_id, case state when 's' then 'succeeded' when 'f' then 'failed' else 'was cancelled' end)
      into verdict, why from dag_run where run_id = w.child_run;
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
      left join dag_task k on w.task_id is not null and k.version_id = r.version_id and k.task_id = w.task_id
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
