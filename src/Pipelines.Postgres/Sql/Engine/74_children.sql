-- Child runs: a task has started a run of another DAG, by its name. One that has no body (wait kind Run) does it in begin_waits, a body by start_child. A child is known by its parent
-- run, task, element and name, so whoever tries again joins it. It outlives whatever becomes of its parent, unless parent_close says that it is cancelled then.

-- A run and those that go on from it.
create or replace function runs_from(p_run bigint) returns table(run_id bigint) language sql stable as $$
  with recursive chain as (
    select p_run run_id
    union all
    select n.run_id from chain c join dag_run n on n.continues = c.run_id)
  select run_id from chain $$;

create or replace function last_of(p_run bigint) returns bigint language sql stable as $$ select max(run_id) from runs_from(p_run) $$;

-- Why this run may start no other: too many open runs above it have started one another. Null: it may.
create or replace function too_deep(p_run bigint) returns text language sql stable as $$
  with recursive line as (
    select run_id, dag_no, parent_run, 1 depth from dag_run where run_id = p_run
    union all
    select p.run_id, p.dag_no, p.parent_run, l.depth + 1 from line l join dag_run p on p.run_id = l.parent_run where p.state in ('q', 'r') and l.depth < 20)
  select format('%s open runs have started one another, the last ones of: %s. Do these DAGs start each other in a circle? Cancel the first with what it has started: pipelines runs cancel %s',
    count(*), string_agg(d.dag_id, ' > ' order by l.depth desc) filter (where l.depth <= 4), min(l.run_id))
  from line l join dag d on d.dag_no = l.dag_no having count(*) >= 20 $$;

-- What a task of a run has returned: of a mapped one the list of its elements' outputs.
create or replace function output_of(p_run bigint, p_task text) returns jsonb language sql stable as $$
  select case when k.mapped then (
           select jsonb_agg(c.output order by c.map_index) from task_instance c where c.run_id = r.run_id and c.task_no = k.task_no and c.map_index >= 0 and c.state = 's')
         else t.output end
  from dag_run r join dag_task k on k.version_id = r.version_id and k.task_id = p_task
    join task_instance t on t.run_id = r.run_id and t.task_no = k.task_no and t.map_index = -1 and t.state = 's'
  where r.run_id = p_run $$;

create or replace function no_output(p_run bigint, p_task text) returns text language sql stable as $$
  select format('run %s of %s succeeded, but its task %s, whose output is the result, ', p_run, d.dag_id, p_task) || coalesce((
      select case t.state when 's' then 'returned nothing' when 'k' then 'was skipped' else 'did not succeed' end
      from dag_task k join task_instance t on t.run_id = r.run_id and t.task_no = k.task_no and t.map_index = -1 where k.version_id = r.version_id and k.task_id = p_task),
    'is not there')
  from dag_run r join dag d on d.dag_no = r.dag_no where r.run_id = p_run $$;

-- Cancels the open runs that a run has started and that are not to outlive it: all, or those of some of its instances. A later pass of a scheduler does it.
-- Of all, those are left that a teardown or an undo has started which has not ended: a stop of the run stops neither.
create or replace function close_children(p_run bigint, p_why text, p_task int[] default null, p_map int[] default null) returns void language plpgsql as $$
begin
  insert into run_stop
  select c.run_id, format('run %s', p_run), p_why
  from (
    select last_of(k.run_id) run_id from dag_run k
    where k.parent_run = p_run and k.parent_close = 'c'
      and (p_task is null or exists (select 1 from unnest(p_task, p_map) p(task_no, map_index) where p.task_no = k.parent_task and p.map_index in (-1, k.parent_map)))
      and (p_task is not null or not exists (
        select 1 from task_instance t
        where t.run_id = p_run and t.task_no = k.parent_task and t.map_index = k.parent_map and t.trigger_rule in (12, 17) and t.state in ('n', 'q', 'r', 'y', 'w', 'a')))
      and not exists (                                                  -- its instance keeps the step that has started it, and will wait for it again
        select 1 from task_step s where s.run_id = p_run and s.task_no = k.parent_task and s.map_index = k.parent_map and s.kind = 's' and s.name = 'run ' || k.parent_name and s.since = 'infinity')) x
    join dag_run c on c.run_id = x.run_id and c.state in ('q', 'r') and not c.cancelling
  on conflict do nothing;
  if found then
    perform pg_notify('pipelines_scheduler', '');
  end if;
end $$;

-- The same for one that a body waits for no more.
create or replace function stop_child(p_run bigint, p_child bigint, p_why text) returns void language plpgsql as $$
begin
  insert into run_stop
  select c.run_id, format('run %s', p_run), p_why
  from dag_run k join dag_run c on c.run_id = last_of(k.run_id) and c.state in ('q', 'r') and not c.cancelling
  where k.parent_run = p_run and k.parent_close = 'c' and c.run_id = p_child
  on conflict do nothing;
  if found then
    perform pg_notify('pipelines_scheduler', '');
  end if;
end $$;

create or replace function parent_closes() returns trigger language plpgsql as $$
begin
  perform close_children(new.run_id, format('run %s, which has started it, %s', new.run_id,
    case when new.state in ('q', 'r') then case coalesce(new.verdict, 'c') when 'f' then 'fails' else 'is cancelled' end
         when new.state = 's' then 'has ended without waiting for it' when new.state = 'f' then 'has failed' else 'was cancelled' end));
  return null;
end $$;

create or replace trigger run_parent_closes after update on dag_run for each row
  when (new.parenting and (new.cancelling and not old.cancelling or new.state in ('s', 'f', 'c') and old.state in ('q', 'r'))) execute function parent_closes();

-- Whether a run is open that this one has started, or one of those, or that goes on from one of them: who stands behind it is found through this one (starter_of).
create or replace function is_open_below(p_run bigint) returns boolean language sql stable as $$
  with recursive below as (
    select run_id, state from dag_run where parent_run = p_run
    union
    select r.run_id, r.state
    from below b cross join lateral (select run_id, state from dag_run where parent_run = b.run_id union all select run_id, state from dag_run where continues = b.run_id) r)
  select exists (select 1 from below where state in ('q', 'r')) $$;

-- Cancels what close_children has noted, or what has gone on from it meanwhile; returns how many.
create or replace function stop_children(p_limit int) returns int language plpgsql as $$
declare g record; n int := 0;
begin
  for g in
    with noted as (delete from run_stop where run_id in (select run_id from run_stop order by run_id limit p_limit for update skip locked) returning *)
    select * from noted order by run_id
  loop
    if stop_run(g.run_id, 'c', g.stopped_by, g.why) is null then
      perform stop_run(last_of(g.run_id), 'c', g.stopped_by, g.why);
    end if;
    n := n + 1;
  end loop;
  return n;
end $$;

-- Starts a run for an attempt, or finds the one that an attempt before has started under this name. Refused (PL003) with the reason; PL005: the attempt is not this worker's.
-- The dag before runs, as everywhere.
create or replace function start_child(
  p_worker int, p_run bigint, p_task int, p_map int, p_attempt smallint, p_name text, p_dag text, p_arguments jsonb, p_close "char", p_trace text,
  out child bigint, out is_new boolean) language plpgsql as $$
declare d dag; v dag_version; p dag_run; v_since timestamptz; v_now timestamptz; v_by text; v_key text; v_refused text; v_rule int;
begin
  select * into d from dag where dag_id = p_dag for no key update;
  select * into p from dag_run where run_id = p_run and state = 'r' for no key update;
  select t.first_started_at, format('run %s, task %s', p_run, k.task_id), t.trigger_rule into v_since, v_by, v_rule
  from task_instance t join dag_task k on k.version_id = p.version_id and k.task_no = t.task_no
  where t.run_id = p_run and t.task_no = p_task and t.map_index = p_map and t.attempt = p_attempt and t.worker_id = p_worker and t.state = 'r';
  if v_since is null then raise exception 'the attempt is no longer this worker''s' using errcode = 'PL005'; end if;
  select run_id, false into child, is_new from dag_run
  where parent_run = p_run and parent_task = p_task and parent_map = p_map and parent_name = p_name and created_at >= v_since order by run_id desc limit 1;
  if found then return; end if;
  if p.cancelling and v_rule not in (12, 17) then raise exception 'run % is being stopped and starts nothing any more', p_run using errcode = 'PL003'; end if;
  if d.version_id is null then raise exception 'there is no DAG ''%'' of which a run could be started', p_dag using errcode = 'PL003'; end if;
  if d.retired_at is not null then raise exception 'the DAG ''%'' is retired: its folder is gone. Put its assembly back to start runs', p_dag using errcode = 'PL003'; end if;
  v_refused := too_deep(p_run);
  if v_refused is not null then raise exception '%', v_refused using errcode = 'PL003'; end if;
  select * into v from dag_version where version_id = d.version_id;
  v_key := entity_of(v.version_id, p_arguments);
  -- Who opens a run of the key in a transaction of their own holds its lock, maybe for long: with our locks nobody shall wait for them. We are asked again.
  if v_key is not null and not pg_try_advisory_xact_lock(entity_lock(d.dag_no, v_key)) then
    raise exception 'a run of the key % is just being opened', v_key using errcode = '40001';
  end if;
  v_now := clock_timestamp();
  insert into dag_run(dag_no, version_id, kind, state, scheduled_for, interval_start, interval_end, arguments, created_by, created_at,
    parent_run, parent_task, parent_map, parent_epoch, parent_name, parent_close, notify, traceparent)
  values (d.dag_no, v.version_id, 'm', 'q', v_now, p.interval_start, p.interval_end, p_arguments, v_by, v_now, p_run, p_task, p_map, p.epoch, p_name, p_close, v.notify, coalesce(p_trace, trace_of(p)))
  on conflict do nothing returning run_id into child;
  is_new := child is not null;
  if not is_new then                                                    -- one of its key is open
    child := open_entity(d.dag_no, v_key);
    if child is null then raise exception 'the open run of the key % has just ended', v_key using errcode = '40001'; end if;
    if v.on_conflict = 'r' or child = p_run then raise exception '%', entity_refusal(child, v_key) using errcode = 'PL003'; end if;
    insert into awaited values (p_dag, '') on conflict do nothing;
    return;
  end if;
  insert into event(at, dag_no, run_id, to_state, actor, why) values (v_now, d.dag_no, child, 'q', v_by, 'started by ' || v_by);
  insert into event(at, run_id, actor, why) values (v_now, p_run, v_by,                -- the run's: an instance's events are its transitions
    format('run %s of %s started', child, p_dag) || case when d.paused then format('; the DAG is paused, so it begins after `pipelines dags resume %s`', p_dag) else '' end);
  insert into awaited values (p_dag, '') on conflict do nothing;
  if p_close = 'c' then
    update dag_run set parenting = true where run_id = p_run and not parenting;
  end if;
  perform pg_notify('pipelines_scheduler', '');
end $$;

-- The W3C traceparent of a run's own span, as Traces.Of makes it: what has no span of its own to hand over hands over this.
create or replace function trace_of(p dag_run) returns text language sql stable as $$
  select format('00-%s-%s-%s', coalesce(substr(x.parent, 4, 32), encode(set_byte(substring(x.h from 1 for 16), 0, get_byte(x.h, 0) | 1), 'hex')),
    encode(set_byte(substring(x.h from 17 for 8), 0, get_byte(x.h, 16) | 1), 'hex'), coalesce(substr(x.parent, 54, 2), '01'))
  from (
    select sha256(int8send(p.run_id) || int8send((extract(epoch from p.created_at) * 10000000)::bigint + 621355968000000000)) h,
           case when p.traceparent ~ '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}' then p.traceparent end parent) x $$;
