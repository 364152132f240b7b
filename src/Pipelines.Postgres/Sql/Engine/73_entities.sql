-- Entity runs: of a DAG with a RunKey at most one run of a key is open; the unique index dag_run_entity says so to whoever makes or opens one. Only runs that somebody
-- asks for have a key: not those of the schedule, of backfills and of assets.

-- The arguments by which runs and attempts of a version are grouped: they are stored as they are, whatever else is encrypted.
create or replace function key_arguments(p_version int) returns text[] language sql stable as $$
  select array(
    select a.name from dag_version v cross join lateral unnest(array[v.run_key, v.fair_key, v.fair_weight]) a(name) where v.version_id = p_version and a.name is not null
    union select k.key_argument from limit_of_task k where k.version_id = p_version and k.key_argument is not null) $$;

-- A key as an index can hold it, whatever somebody has given for one.
create or replace function short_key(p_key text) returns text language sql immutable as $$
  select case when length(p_key) > 200 then left(p_key, 150) || md5(p_key) else p_key end $$;

-- The key of a run with these arguments; null: it has none, or one that somebody encrypted who did not know that it is the key.
create or replace function entity_of(p_version int, p_arguments jsonb) returns text language sql stable as $$
  select short_key(k)
  from dag_version v cross join lateral (
    select coalesce(p_arguments ->> v.run_key, v.spec #>> array['arguments', 'properties', v.run_key, 'default']) k) x
  where v.version_id = p_version and v.run_key is not null and p_arguments #> array[v.run_key, '$enc'] is null $$;

-- The open run of a key; if there are only some in line, the first of them.
create or replace function open_entity(p_dag int, p_key text) returns bigint language sql stable as $$
  select coalesce(
    (select run_id from dag_run where dag_no = p_dag and entity_key = p_key and not in_line and state in ('q', 'r')),
    (select run_id from dag_run where dag_no = p_dag and entity_key = p_key and in_line and state = 'q' order by run_id limit 1)) $$;

create or replace function entity_refusal(p_run bigint, p_key text) returns text language sql immutable as $$
  select format('Run %s is open for the key %s, and there is one at a time. Wait until it has ended, or cancel it: pipelines runs cancel %s.', p_run, p_key, p_run) $$;

create or replace function entity_lock(p_dag int, p_key text) returns bigint language sql immutable as $$ select hashtextextended(p_key, p_dag) $$;

-- A run is made. The one that continues another of its key has that one's place; of another key it waits in line, for the end of a run must not fail.
create or replace function entity_made() returns trigger language plpgsql as $$
declare v_open bigint;
begin
  new.entity_key := entity_of(new.version_id, new.arguments);
  if new.entity_key is null then return new; end if;
  if new.continues is not null then
    new.in_line := new.entity_key is distinct from (select entity_key from dag_run where run_id = new.continues);
    return new;
  end if;
  v_open := open_entity(new.dag_no, new.entity_key);
  if v_open is null then return new; end if;
  if (select on_conflict from dag_version where version_id = new.version_id) = 'q' then
    new.in_line := true;
  elsif new.parent_run is null then                                     -- begin_waits asks by itself
    raise exception '%', entity_refusal(v_open, new.entity_key) using errcode = 'PL003';
  end if;
  return new;
end $$;

-- An ended run is run again: whatever the DAG says of conflicts, it is refused beside an open one. The lock keeps start_runs from starting one that waits in line meanwhile.
create or replace function entity_again() returns trigger language plpgsql as $$
declare v_open bigint;
begin
  perform pg_advisory_xact_lock(entity_lock(new.dag_no, new.entity_key));
  v_open := open_entity(new.dag_no, new.entity_key);
  if v_open is not null then
    raise exception 'Run % cannot be opened again. %', new.run_id, entity_refusal(v_open, new.entity_key) using errcode = 'PL003';
  end if;
  new.in_line := false;
  return new;
end $$;

create or replace trigger run_entity before insert on dag_run for each row when (new.kind = 'm') execute function entity_made();
create or replace trigger run_entity_again before update on dag_run for each row
  when (new.entity_key is not null and old.state in ('s', 'f', 'c') and new.state in ('q', 'r')) execute function entity_again();

-- Those of the runs that may start: of runs in line the ones whose key nobody else opens now. The caller has locked them.
create or replace function out_of_line(p_runs bigint[]) returns bigint[] language plpgsql as $$
declare v_line bigint[]; v_free bigint[];
begin
  select array_agg(run_id) into v_line from dag_run where run_id = any(p_runs) and in_line;
  if v_line is null then return p_runs; end if;
  select array_agg(run_id) into v_free from dag_run where run_id = any(v_line) and pg_try_advisory_xact_lock(entity_lock(dag_no, entity_key));
  return array(                                                         -- looked at again, behind the locks
    select r.run_id from dag_run r
    where r.run_id = any(p_runs) and (not r.in_line or r.run_id = any(v_free) and not exists (
      select 1 from dag_run o where o.dag_no = r.dag_no and o.entity_key = r.entity_key and not o.in_line and o.state in ('q', 'r')))
    order by r.run_id);
end $$;

-- A body says with which arguments its run goes on when it has succeeded; said again, that counts. It holds if that attempt succeeds. False: the attempt is not this worker's any more.
create or replace function continue_run(p_worker int, p_run bigint, p_task int, p_map int, p_attempt smallint, p_arguments jsonb) returns boolean language plpgsql as $$
declare v_since timestamptz; v_now timestamptz;
begin
  perform 1 from dag_run where run_id = p_run and state = 'r' for no key update;
  if not found then return false; end if;
  select first_started_at into v_since from task_instance
  where run_id = p_run and task_no = p_task and map_index = p_map and state = 'r' and attempt = p_attempt and worker_id = p_worker for no key update;
  if not found then return false; end if;
  v_now := clock_timestamp();
  insert into task_step(run_id, task_no, map_index, kind, name, since, attempt, state, tries, started_at, finished_at, output)
  values (p_run, p_task, p_map, 'n', '', v_since, p_attempt, 's', 1, v_now, v_now, p_arguments)
  on conflict (run_id, task_no, map_index, kind, name) do update
    set since = excluded.since, attempt = excluded.attempt, started_at = excluded.started_at, finished_at = excluded.finished_at, output = excluded.output;
  update dag_run set continuing = true where run_id = p_run and not continuing;
  return true;
end $$;

-- A run that was to go on has succeeded: the next one is made in the same transaction, once, on the current version. Who waits for the run waits for that one, and what it was told and
-- nobody in it has taken is for that one.
create or replace function run_continued() returns trigger language plpgsql as $$
declare v_now timestamptz := clock_timestamp(); v_arguments jsonb; v_next bigint; n int;
begin
  select s.output into v_arguments from task_step s join task_instance t using (run_id, task_no, map_index)
  where s.run_id = new.run_id and s.kind = 'n' and t.state = 's' and t.attempt = s.attempt order by s.finished_at desc limit 1;
  if not found then return null; end if;
  delete from task_step where run_id = new.run_id and kind = 'n';
  insert into dag_run(dag_no, version_id, kind, state, scheduled_for, interval_start, interval_end, arguments, priority, created_by, created_at, continues, notify, traceparent)
  select new.dag_no, v.version_id, 'm', 'q', v_now, new.interval_start, new.interval_end, nullif(v_arguments, 'null'), new.priority, format('run %s', new.run_id), v_now, new.run_id, v.notify, new.traceparent
  from dag d join dag_version v on v.version_id = d.version_id where d.dag_no = new.dag_no
  returning run_id into v_next;
  insert into event(at, dag_no, run_id, to_state, actor, why) values (v_now, new.dag_no, v_next, 'q', format('run %s', new.run_id), format('continues run %s', new.run_id));
  update wait set child_run = v_next where child_run in (new.run_id, new.continues);
  update signal set run_id = v_next where run_id = new.run_id and taken_at is null and not starts_with(name, 'callback:');
  get diagnostics n = row_count;
  if n > 0 then
    insert into event(at, run_id, actor, why) values (v_now, v_next, format('run %s', new.run_id), format('takes over %s that run %s was sent and did not take', case n when 1 then 'a signal' else n || ' signals' end, new.run_id));
  end if;
  perform pg_notify('pipelines_scheduler', '');
  return null;
end $$;

create or replace trigger run_continued after update on dag_run for each row when (new.continuing and new.state = 's' and old.state <> 's') execute function run_continued();
