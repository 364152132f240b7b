-- Runs that are moved to another version while they run keep the numbers of their tasks: what runs, waits, is queued or was written down goes on as it is,
-- and workers report as they were told. So they get that version's graph numbered as theirs is, a version of its own (dag_version.base_id names the one that
-- was loaded). Tasks that only the target has come after all others; those that it has no more stay as names, in the role Removed (rule 18), for their history.

-- The version that a run of p_from is moved to for p_to: that itself, where it numbers all tasks alike.
create or replace function numbered_version(p_from int, p_to int) returns int language plpgsql as $$
declare f dag_version; t dag_version; v_hash text; v_version int; v_no jsonb; v_old jsonb; v_spec jsonb;
begin
  if not exists (
      select 1 from dag_task o where o.version_id = p_from and not exists (
        select 1 from dag_task n where n.version_id = p_to and n.task_no = o.task_no and n.task_id = o.task_id))
    and (select pools from dag_version where version_id = p_from) <@ (select pools from dag_version where version_id = p_to) then return p_to; end if;
  select * into f from dag_version where version_id = p_from;
  select * into t from dag_version where version_id = p_to;
  v_hash := t.hash || '/' || md5((select string_agg(task_id, ' ' order by task_no) from dag_task where version_id = p_from) || f.pools::text);
  select version_id into v_version from dag_version where dag_no = t.dag_no and hash = v_hash;
  if found then return v_version; end if;
  select jsonb_object_agg(task_id, task_no) into v_no from dag_task where version_id = p_to;
  select jsonb_object_agg(task_id, task_no) into v_old from dag_task where version_id = p_from;
  select jsonb_set(t.spec, '{tasks}', jsonb_agg(x.spec order by x.late, x.n)) into v_spec
  from (
    select false late, o.n, coalesce(t.spec -> 'tasks' -> (v_no ->> (o.spec ->> 'id'))::int,
      o.spec - '{wait,poll,limits,produces,pool,poolSlots,notify,deadlines,dependsOnPast,waitForDownstream,latestOnly,maxParallel}'::text[]
        || '{"role": "Removed", "inputs": [], "upstreams": [], "priority": 0}') spec
    from jsonb_array_elements(f.spec -> 'tasks') with ordinality o(spec, n)
    union all
    select true, n.n, n.spec from jsonb_array_elements(t.spec -> 'tasks') with ordinality n(spec, n) where not v_old ? (n.spec ->> 'id')) x;
  select r.version_id into v_version from dag d cross join lateral register_version(d.source, t.bundle_hash, v_hash, v_spec, t.run_timeout, p_to) r where d.dag_no = t.dag_no;
  -- Attempts that run still give slots of the old version's pools back.
  update dag_version set pools = array(select distinct p from unnest(f.pools || t.pools) p order by 1), n_tasks = t.n_tasks where version_id = v_version;
  return v_version;
end $$;

-- Every table that tells of task instances by number, and what becomes of tasks that are no more: s it goes with them, k it is kept under a number that no task has,
-- e it is kept, and several rows of it may be of one instance.
create or replace function numbered_tables() returns table(name text, kind "char") language sql immutable as $$
  values ('task_instance', 's'::"char"), ('ready_queue', 's'), ('timer', 's'), ('gate', 's'), ('wait', 's'), ('signal_wait', 's'), ('limit_wait', 's'), ('limit_hold', 's'),
    ('deadline', 's'), ('preset', 's'), ('note', 's'), ('artefact', 's'), ('task_step', 's'), ('task_value', 's'), ('task_lock', 's'), ('task_lock_wait', 's'), ('approval', 'k'), ('decision', 'k'),
    ('event', 'e'), ('log_chunk', 'e'), ('notification', 'e'), ('asset_update', 'e'), ('signal', 'e'), ('callback', 'e') $$;

-- Gives everything that a run has of its tasks to other numbers. A number from 1,000,000 on is that of a task that is no more.
create or replace function renumber(p_run bigint, p_old int[], p_new int[]) returns void language plpgsql as $$
declare t record;
begin
  for t in select * from numbered_tables() loop
    if t.kind = 'e' then
      execute format('update %I t set task_no = m.new from unnest($2, $3) m(old, new) where t.run_id = $1 and t.task_no = m.old', t.name) using p_run, p_old, p_new;
      continue;
    end if;
    -- Twice, over numbers below any: no row may be given one that another has still.
    execute format('update %I t set task_no = -10 - m.new from unnest($2, $3) m(old, new) where t.run_id = $1 and t.task_no = m.old', t.name) using p_run, p_old, p_new;
    if t.kind = 's' then
      execute format('delete from %I where run_id = $1 and task_no <= -1000010', t.name) using p_run;
    end if;
    execute format('update %I set task_no = -10 - task_no where run_id = $1 and task_no <= -10', t.name) using p_run;
  end loop;
  update dag_run c set parent_task = -10 - m.new from unnest(p_old, p_new) m(old, new) where c.parent_run = p_run and c.parent_task = m.old;
  update dag_run set parent_task = -10 - parent_task where parent_run = p_run and parent_task <= -10;
end $$;

-- Moves a run that is not going on to another version of its DAG: what is kept of its tasks goes to the numbers that they have there. Tasks that are no more
-- lose their instances; their events and logs stay, under numbers that no task has.
create or replace function move_run(p_run bigint, p_from int, p_to int) returns void language plpgsql as $$
declare v_ids jsonb; v_old int[]; v_new int[]; v_gone int;
begin
  select jsonb_object_agg(task_id, task_no) into v_ids from dag_task where version_id = p_to;
  -- Above those of tasks that went before: two that had one number may both have asked.
  v_gone := 1000000 * (1 + coalesce((select max(task_no) / 1000000 from approval where run_id = p_run), 0));
  select array_agg(task_no), array_agg(coalesce((v_ids ->> task_id)::int, v_gone + task_no)) into v_old, v_new
  from dag_task where version_id = p_from and (v_ids ->> task_id)::int is distinct from task_no;
  update dag_run r set version_id = p_to, notify = (select notify from dag_version where version_id = p_to),
    left_out = case when r.left_out is not null then array(
      select (v_ids ->> d.task_id)::int from dag_task d where d.version_id = p_from and d.task_no = any(r.left_out) and v_ids ? d.task_id) end
  where r.run_id = p_run;
  if v_old is not null then
    perform renumber(p_run, v_old, v_new);
  end if;
end $$;
