-- The end of a transaction in which a body has done its SQL: the fact that it was done is written last, and the commit comes in the same round trip.
-- No lock of ours is held while the body runs, or while its process stands still.

-- Keeps a step's result. The instance is locked until the commit: who takes the attempt back waits for that, or was first, and then this raises, which undoes the body's SQL.
-- PL011: the attempt is not this worker's any more. PL012: the step was done already. PL013: the transaction is not the one that the body was given.
create or replace function keep_step(
  p_worker int, p_run bigint, p_task int, p_map int, p_attempt smallint, p_mark text, p_name text, p_tries int, p_seconds double precision, p_output jsonb)
returns void language plpgsql as $$
declare v_since timestamptz;
begin
  if current_setting('pipelines.step', true) is distinct from p_mark then raise exception 'ended by itself' using errcode = 'PL013'; end if;
  select first_started_at into v_since from task_instance
  where run_id = p_run and task_no = p_task and map_index = p_map and state = 'r' and attempt = p_attempt and worker_id = p_worker for no key update;
  if not found then raise exception 'fenced' using errcode = 'PL011'; end if;
  perform write_step(p_run, p_task, p_map, p_attempt, v_since, p_name, p_tries, p_seconds, p_output);
end $$;

create or replace function write_step(
  p_run bigint, p_task int, p_map int, p_attempt smallint, p_since timestamptz, p_name text, p_tries int, p_seconds double precision, p_output jsonb)
returns void language plpgsql as $$
begin
  insert into task_step(run_id, task_no, map_index, kind, name, since, attempt, state, tries, started_at, finished_at, output)
  values (p_run, p_task, p_map, 's', p_name, p_since, p_attempt, 's', p_tries, clock_timestamp() - make_interval(secs => p_seconds), clock_timestamp(), p_output)
  on conflict (run_id, task_no, map_index, kind, name) do update
    set since = excluded.since, attempt = excluded.attempt, state = 's', tries = excluded.tries, started_at = excluded.started_at,
        finished_at = excluded.finished_at, output = excluded.output, error = null
    where task_step.since <> excluded.since or task_step.state <> 's';
  if not found then raise exception 'done already' using errcode = 'PL012'; end if;
end $$;

-- The same, and the attempt succeeds with it. The locks are those of advance, in its order; the step is written under them.
create or replace function complete_step(
  p_worker int, p_run bigint, p_task int, p_map int, p_attempt smallint, p_mark text, p_name text, p_tries int, p_seconds double precision, p_output jsonb)
returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$   -- as on the engine's own connections
declare v_since timestamptz;
begin
  if current_setting('pipelines.step', true) is distinct from p_mark then raise exception 'ended by itself' using errcode = 'PL013'; end if;
  perform 1 from advance(
    p_worker, '{}', array[p_run], array[p_task], array[p_map], array[p_attempt], '{s}', array[p_output], '{0}', array[null::text], array[null::jsonb], 0) a where a.attempt is null;
  if found then raise exception 'fenced' using errcode = 'PL011'; end if;
  select first_started_at into v_since from task_instance where run_id = p_run and task_no = p_task and map_index = p_map;
  perform write_step(p_run, p_task, p_map, p_attempt, v_since, p_name, p_tries, p_seconds, p_output);
end $$;

-- Makes a run in the caller's own transaction, for any language: it is there when that commits, and never was when it rolls back. As StartRunAsync does, but for the interval, which
-- is what the caller says. Of a key there is one run; whoever asks for it again gets that one, and waits for a transaction that has just made it. The dag row is held so that it stays, and nothing waits for that:
-- the transaction may be long. Of a DAG with a RunKey only who opens a run of the same key waits, and no scheduler does. It runs by its owner's rights: who may use the schema may start runs.
create or replace function start_run(
  dag text, arguments jsonb default null, key text default null, interval_start timestamptz default null, interval_end timestamptz default null, started_by text default null,
  priority int default 0)
returns bigint language plpgsql security definer as $$
#variable_conflict use_column
declare
  p_dag alias for $1; p_arguments alias for $2; p_key alias for $3; p_start alias for $4; p_end alias for $5; p_by alias for $6; p_priority alias for $7;
  v_dag int; v_version int; v_retired boolean; v_schema jsonb; v_run bigint; v_wrong text; v_kept jsonb; v_conflict "char"; v_entity text; v_open bigint; v_by text := coalesce(p_by, 'sql:' || session_user);
begin
  if p_key is not null and (btrim(p_key) = '' or length(p_key) > 200) then raise exception 'A key has 1 to 200 characters.' using errcode = 'PL003'; end if;
  if p_priority is null or p_priority not between -100 and 100 then raise exception 'A priority is -100 to 100, not %.', coalesce(p_priority::text, 'null') using errcode = 'PL003'; end if;
  perform 1 from dag d where d.dag_id = p_dag for key share;            -- by itself: a version may just have been loaded
  select d.dag_no, d.version_id, d.retired_at is not null, v.spec -> 'arguments', v.on_conflict into v_dag, v_version, v_retired, v_schema, v_conflict
  from dag d join dag_version v on v.version_id = d.version_id where d.dag_id = p_dag;
  if not found then raise exception 'There is no DAG ''%''.', p_dag using errcode = 'PL003'; end if;
  select run_id into v_run from dag_run where dag_no = v_dag and key = p_key;
  if found then return v_run; end if;
  if v_retired then raise exception 'The DAG ''%'' is retired: its folder is gone. Put its assembly back to start runs.', p_dag using errcode = 'PL003'; end if;
  if (p_start is null) <> (p_end is null) or p_start >= p_end then
    raise exception 'An interval has a start and, after it, an end: not % and %.', coalesce(p_start::text, 'null'), coalesce(p_end::text, 'null') using errcode = 'PL003';
  end if;
  if v_schema is null then
    if p_arguments is not null then raise exception 'The DAG ''%'' takes no arguments; start it without.', p_dag using errcode = 'PL003'; end if;
  else
    if p_arguments is not null and jsonb_typeof(p_arguments) <> 'object' then
      raise exception 'The arguments must be a JSON object, such as {"days": 3}.' using errcode = 'PL003';
    end if;
    -- Names as people write them become the schema's own.
    select string_agg(format('''%s''', g.key), ', ') filter (where s.key is null), jsonb_object_agg(s.key, g.value) filter (where s.key is not null) into v_wrong, v_kept
    from jsonb_each(p_arguments) g left join jsonb_object_keys(coalesce(v_schema -> 'properties', '{}')) s(key) on lower(s.key) = lower(g.key);
    if v_wrong is not null then raise exception 'The DAG ''%'' has no argument %.', p_dag, v_wrong using errcode = 'PL003'; end if;
    select string_agg(format('''%s''', r.name), ', ') into v_wrong from jsonb_array_elements_text(coalesce(v_schema -> 'required', '[]')) r(name) where not coalesce(v_kept, '{}') ? r.name;
    if v_wrong is not null then raise exception 'The DAG ''%'' needs the argument %.', p_dag, v_wrong using errcode = 'PL003'; end if;
    v_kept := case when p_arguments is not null then coalesce(v_kept, '{}') end;
  end if;
  v_entity := entity_of(v_version, v_kept);
  if v_entity is not null then
    perform pg_advisory_xact_lock(entity_lock(v_dag, v_entity));
  end if;
  for i in 1..9 loop
    v_open := case when v_conflict in ('j', 's') then open_entity(v_dag, v_entity) end;
    if v_open is not null then                                          -- refused, or put in line, it is by the row's own trigger
      if p_key is not null then
        update dag_run set key = p_key where run_id = v_open and dag_run.key is null;
      end if;
      return v_open;
    end if;
    begin
      v_run := (make_runs(v_dag, v_version, 'm', array[clock_timestamp()], array[p_start], array[p_end], v_kept, null, p_priority::smallint, v_by, 'started by SQL'))[1];
      if p_key is not null then
        update dag_run set key = p_key where run_id = v_run;
      end if;
      perform pg_notify('pipelines_scheduler', '');
      return v_run;
    exception when unique_violation then                                -- somebody else's has just been committed
      select run_id into v_run from dag_run where dag_no = v_dag and key = p_key;
      if found then return v_run; end if;
      if v_entity is null then raise exception 'A run of the key % has just been started, which this transaction cannot see. Begin the transaction again.', p_key using errcode = '40001'; end if;
    end;
  end loop;
  raise exception 'Others open runs of the key % all the time. Ask again.', v_entity using errcode = 'PL003';
end $$;

-- Whatever tables the caller has, these are ours: temporary ones come last.
do $$
begin
  execute format('alter function start_run(text, jsonb, text, timestamptz, timestamptz, text, int) set search_path = %s, pg_temp', current_setting('search_path'));
end $$;
