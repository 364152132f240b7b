-- Puts a version's schedule in force from now on and makes the DAG due: the scheduler looks at it and decides. What the former schedule
-- named until now is decided by that one (past_schedule), so a change neither loses a run nor makes one twice, whether the scheduler was down, the
-- DAG paused, or all of it was missed. The same schedule again changes only which version it is read from: a restart skips nothing.
create or replace function plan_schedule(
  p_dag int, p_version int, p_schedule text, p_phrase text, p_from timestamptz, p_min_gap double precision, p_auto_pause int)
returns void language plpgsql as $$
declare d dag%rowtype; v_now timestamptz;
begin
  select * into d from dag where dag_no = p_dag for no key update;
  v_now := clock_timestamp();
  update dag set schedule_version = p_version, schedule_phrase = p_phrase, min_gap = p_min_gap, auto_pause = p_auto_pause where dag_no = p_dag;
  if d.schedule is not distinct from p_schedule then return; end if;
  if d.schedule is not null or d.last_tick is not null then             -- a time without a schedule is remembered too: nothing ticked in it
    insert into past_schedule values (p_dag, coalesce(d.schedule_at, d.created_at), v_now, coalesce(d.schedule_version, p_version));
  end if;
  update dag set schedule = p_schedule, schedule_at = v_now, next_due = v_now, last_tick = coalesce(last_tick, p_from, v_now) where dag_no = p_dag;
  insert into event(at, dag_no, actor, why)
  values (v_now, p_dag, 'importer', case
    when d.schedule is null and d.last_tick is null then 'schedule is ' || p_phrase
    when d.schedule_phrase is null then 'schedule changed to ' || p_phrase
    when d.schedule_phrase = p_phrase then format('schedule %s is loaded anew: its code may have changed', p_phrase)
    else format('schedule changed from %s to %s', d.schedule_phrase, p_phrase) end);
  perform pg_notify('pipelines_scheduler', '');
end $$;

-- Makes continuous DAGs due whose run has ended: the gap counts from its end. While one is open they have no next_due, so nobody looks.
create or replace function follow_runs() returns int language plpgsql as $$
declare n int;
begin
  with idle as (                                                        -- the dag row is the lock, as for every tick
    select d.dag_no, d.min_gap from dag d
    where d.min_gap is not null and d.next_due is null and not d.paused and d.retired_at is null
      and not exists (select 1 from dag_run r where r.dag_no = d.dag_no and r.state = 'q' and r.kind = 's')
      and not exists (select 1 from dag_run r where r.dag_no = d.dag_no and r.state = 'r' and r.kind = 's')
    order by d.dag_no for no key update),
  due as (
    select i.dag_no, r.finished_at + make_interval(secs => i.min_gap) due_at
    from idle i cross join lateral (
      select finished_at from dag_run r where r.dag_no = i.dag_no and r.kind in ('s', 'b') and r.kind = 's' order by r.scheduled_for desc limit 1) r
    where r.finished_at is not null)
  update dag d set next_due = due.due_at from due where d.dag_no = due.dag_no and d.next_due is null;
  get diagnostics n = row_count;
  return n;
end $$;

-- Pauses DAGs whose newest scheduled runs all failed, as many as they say (auto_pause), since they were last resumed. By scheduled_for; runs that have
-- not ended and cancelled ones count neither way.
create or replace function auto_pause() returns int language plpgsql as $$
declare d record; v_at timestamptz[]; v_runs bigint[]; n int := 0;
begin
  for d in select dag_no, auto_pause from dag where auto_pause is not null and not paused and retired_at is null order by dag_no loop
    select array_agg(f.scheduled_for), array_agg(f.run_id order by f.scheduled_for) into v_at, v_runs from (
      select r.scheduled_for, r.run_id from dag_run r join dag x on x.dag_no = r.dag_no
      where r.dag_no = d.dag_no and r.kind = 's' and r.state = 'f' and r.finished_at > coalesce(x.resumed_at, '-infinity')
      order by r.scheduled_for desc limit d.auto_pause) f;
    continue when coalesce(cardinality(v_runs), 0) < d.auto_pause;
    continue when exists (
      select 1 from dag_run r where r.dag_no = d.dag_no and r.kind in ('s', 'b') and r.kind = 's' and r.state = 's'
        and r.scheduled_for >= (select min(x) from unnest(v_at) x));
    update dag set paused = true where dag_no = d.dag_no and not paused;
    continue when not found;
    insert into event(at, dag_no, actor, why)
    values (clock_timestamp(), d.dag_no, 'scheduler', case cardinality(v_runs)
      when 1 then format('paused: scheduled run %s failed', v_runs[1])
      else format('paused: %s scheduled runs in a row failed, %s', cardinality(v_runs), array_to_string(v_runs, ', ')) end);
    n := n + 1;
  end loop;
  return n;
end $$;
