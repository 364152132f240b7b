-- Stores a version of a DAG with its static graph, once: the same content again changes nothing but who is current.
-- Refuses a DAG id that another folder holds (PL002). Pools that do not exist are made with 16 slots.
create or replace function register_version(p_source text, p_bundle text, p_hash text, p_spec jsonb)
returns table(dag_no int, version_id int, is_new boolean) language plpgsql as $$
#variable_conflict use_column
declare v_dag int; v_source text; v_retired timestamptz; v_version int; v_was int;
begin
  insert into dag(dag_id, source) values (p_spec ->> 'id', p_source) on conflict (dag_id) do nothing;
  select d.dag_no, d.source, d.retired_at, d.version_id into v_dag, v_source, v_retired, v_was from dag d where d.dag_id = p_spec ->> 'id' for no key update;
  if v_source <> p_source and v_retired is null and v_was is not null then
    raise exception '%', v_source using errcode = 'PL002';
  end if;
  select v.version_id into v_version from dag_version v where v.dag_no = v_dag and v.hash = p_hash;
  if not found then
    with task as (
      select (t.n - 1)::int task_no, t.spec, coalesce(t.spec ->> 'queue', 'default') queue, t.spec ->> 'pool' pool
      from jsonb_array_elements(p_spec -> 'tasks') with ordinality t(spec, n))
    insert into pool(name, slots) select distinct pool, 16 from task where pool is not null on conflict do nothing;
    with task as (
      select coalesce(t.spec ->> 'queue', 'default') queue, t.spec ->> 'pool' pool from jsonb_array_elements(p_spec -> 'tasks') t(spec))
    insert into lane(queue, pool_id) select distinct t.queue, p.pool_id from task t left join pool p on p.name = t.pool on conflict do nothing;
    insert into dag_version(dag_no, hash, bundle_hash, spec, n_tasks, max_active_runs, pools)
    values (v_dag, p_hash, p_bundle, p_spec, jsonb_array_length(p_spec -> 'tasks'), (p_spec ->> 'maxActiveRuns')::int,
      array(select distinct p.pool_id from jsonb_array_elements(p_spec -> 'tasks') t(spec) join pool p on p.name = t.spec ->> 'pool' order by 1))
    returning dag_version.version_id into v_version;
    insert into dag_task(version_id, task_no, task_id, mapped, max_parallel, trigger_rule, lane_id, priority, n_up)
    select v_version, t.n - 1, t.spec ->> 'id', (t.spec ->> 'mapped')::boolean, (t.spec ->> 'maxParallel')::int,
      array_position('{AllSuccess,AllDone,NoneFailed,NoneFailedMinOneSuccess,OneSuccess,OneFailed,AllFailed}', t.spec ->> 'triggerRule') - 1,
      l.lane_id, (t.spec ->> 'priority')::int, jsonb_array_length(t.spec -> 'upstreams')
    from jsonb_array_elements(p_spec -> 'tasks') with ordinality t(spec, n)
      left join pool p on p.name = t.spec ->> 'pool'
      join lane l on l.queue = coalesce(t.spec ->> 'queue', 'default') and l.pool_id is not distinct from p.pool_id;
    update dag_task d set over_no = u.task_no
    from jsonb_array_elements(p_spec -> 'tasks') t(spec), dag_task u
    where d.version_id = v_version and d.mapped and d.task_id = t.spec ->> 'id' and u.version_id = v_version and u.task_id = t.spec -> 'inputs' ->> 0;
    insert into dag_edge(version_id, up_no, down_no, when_value)
    select v_version, u.task_no, d.task_no, e.edge -> 'when'
    from jsonb_array_elements(p_spec -> 'tasks') t(spec)
      cross join lateral jsonb_array_elements(t.spec -> 'upstreams') e(edge)
      join dag_task d on d.version_id = v_version and d.task_id = t.spec ->> 'id'
      join dag_task u on u.version_id = v_version and u.task_id = e.edge ->> 'task';
    is_new := true;
  else
    is_new := false;
  end if;
  update dag d set version_id = v_version, source = p_source, retired_at = null where d.dag_no = v_dag;
  if v_was is distinct from v_version or v_retired is not null then
    insert into event(at, dag_no, actor, why, detail)
    values (clock_timestamp(), v_dag, p_source, case when is_new then 'version loaded' else 'version active again' end,
      jsonb_build_object('version', v_version, 'hash', p_hash));
  end if;
  dag_no := v_dag; version_id := v_version; return next;
end $$;
