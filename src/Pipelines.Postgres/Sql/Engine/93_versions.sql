-- Stores a version of a DAG with its static graph, once: the same content again changes nothing but who is current.
-- Refuses a DAG id that another folder holds (PL002). Pools that do not exist are made with 16 slots.
create or replace function register_version(p_source text, p_bundle text, p_hash text, p_spec jsonb, p_run_timeout double precision default null,
  p_base int default null)                                              -- not a version that was loaded, but one numbered for older runs (77_numbers.sql)
returns table(dag_no int, version_id int, is_new boolean) language plpgsql as $$
#variable_conflict use_column
declare v_dag int; v_source text; v_retired timestamptz; v_version int; v_was int; v_no jsonb; v_wide record; v_limited boolean;
begin
  insert into dag(dag_id, source) values (p_spec ->> 'id', p_source) on conflict (dag_id) do nothing;
  select d.dag_no, d.source, d.retired_at, d.version_id into v_dag, v_source, v_retired, v_was from dag d where d.dag_id = p_spec ->> 'id' for no key update;
  if v_source <> p_source and v_retired is null and v_was is not null then
    raise exception '%', v_source using errcode = 'PL002';
  end if;
  select v.version_id into v_version from dag_version v where v.dag_no = v_dag and v.hash = p_hash;
  if not found then
    with made as (                                                      -- told, for it may be a slip of the pen
      insert into pool(name, slots) select distinct t.spec ->> 'pool', 16 from jsonb_array_elements(p_spec -> 'tasks') t(spec) where t.spec ->> 'pool' is not null
      on conflict do nothing returning name)
    insert into event(at, dag_no, actor, why) select clock_timestamp(), v_dag, p_source, format('pool %s made with 16 slots: there was none of that name', name) from made order by name;
    select t.spec ->> 'id' task_id, t.spec ->> 'pool' pool, (t.spec ->> 'poolSlots')::int slots, p.slots has into v_wide
    from jsonb_array_elements(p_spec -> 'tasks') t(spec) join pool p on p.name = t.spec ->> 'pool' and (t.spec ->> 'poolSlots')::int > p.slots limit 1;
    if found and p_base is null then                                    -- what runs already was checked when it was loaded
      raise exception 'The task ''%'' takes % slots of the pool ''%'', which has %.', v_wide.task_id, v_wide.slots, v_wide.pool, v_wide.has using errcode = 'PL004';
    end if;
    -- A lane for each way to be queued; those with limits have one more, in which they wait to be admitted to it.
    for v_limited in select b from (values (false), (true)) v(b) order by b loop
      insert into lane(lane_id, queue, pool_id, weight, rated, goes_to, queue_timeout) overriding system value
      select case when n.fair then nextval('fair_lane') else nextval(pg_get_serial_sequence('lane', 'lane_id')) end, n.queue, n.pool_id, n.weight, n.rated, n.goes_to, n.queue_timeout
      from (
      select distinct t.queue, p.pool_id, t.weight, t.rated, l.lane_id goes_to, t.queue_timeout, t.fair
      from (
        select p_spec ? 'fairnessKey' and not t.spec ? 'wait' fair, coalesce(t.spec ->> 'queue', 'default') queue, t.spec ->> 'pool' pool, coalesce((t.spec ->> 'poolSlots')::smallint, 1::smallint) weight,
               t.spec ? 'limits' limited, jsonb_path_exists(t.spec, '$.limits[*].starts') rated, case when not t.spec ? 'wait' then (t.spec ->> 'queueTimeoutSeconds')::double precision end queue_timeout
        from jsonb_array_elements(p_spec -> 'tasks') t(spec)) t
        left join pool p on p.name = t.pool
        left join lane l on v_limited and l.queue = t.queue and l.pool_id is not distinct from p.pool_id and l.weight = t.weight and l.rated = t.rated
          and l.queue_timeout is not distinct from t.queue_timeout and l.goes_to is null and (l.lane_id < 0) = t.fair
      where t.limited or not v_limited) n
      where not exists (
        select 1 from lane h where h.queue = n.queue and h.pool_id is not distinct from n.pool_id and h.weight = n.weight and h.rated = n.rated and (h.goes_to is not null) = (n.goes_to is not null)
          and h.queue_timeout is not distinct from n.queue_timeout and (h.lane_id < 0) = n.fair)   -- no number is spent for nothing
      on conflict do nothing;
    end loop;
    insert into dag_version(dag_no, hash, bundle_hash, spec, n_tasks, max_active_runs, run_timeout, fail_fast, callbacks, groups, produces, notify, policy, run_key, on_conflict, fair_key, fair_weight, base_id, pools)
    values (v_dag, p_hash, p_bundle, p_spec, jsonb_array_length(p_spec -> 'tasks'), (p_spec ->> 'maxActiveRuns')::int,
      p_run_timeout, coalesce((p_spec ->> 'failFast')::boolean, false),
      (select count(*) from jsonb_array_elements(p_spec -> 'tasks') t(spec) where t.spec ->> 'role' = 'Undo' or t.spec ->> 'role' in ('OnFailure', 'OnSuccess') and t.spec -> 'upstreams' = '[]'),
      jsonb_path_exists(p_spec, '$.tasks[*].upstreams[*] ? (@.kind == "Index")'),
      jsonb_path_exists(p_spec, '$.tasks[*].produces'),
      jsonb_path_exists(p_spec, '$.notify[*]') or jsonb_path_exists(p_spec, '$.deadlines[*]') or jsonb_path_exists(p_spec, '$.tasks[*].deadlines[*]'),
      case p_spec ->> 'versionPolicy' when 'Adopt' then 'a' when 'AdoptPending' then 'n' else 'p' end,
      p_spec ->> 'runKey', case p_spec ->> 'onConflict' when 'Join' then 'j' when 'Queue' then 'q' when 'SignalExisting' then 's' else 'r' end, p_spec ->> 'fairnessKey', p_spec ->> 'fairnessWeight', p_base,
      array(select distinct p.pool_id from jsonb_array_elements(p_spec -> 'tasks') t(spec) join pool p on p.name = t.spec ->> 'pool' order by 1))
    returning dag_version.version_id into v_version;
    -- Numbers by id. A join of the tasks with themselves would be quadratic: nothing indexes ids, and engine connections hash nothing.
    select jsonb_object_agg(t.spec ->> 'id', t.n - 1) into v_no from jsonb_array_elements(p_spec -> 'tasks') with ordinality t(spec, n);
    insert into dag_task(version_id, task_no, task_id, mapped, over_no, max_parallel, trigger_rule, lane_id, priority, n_up, n_index, depends_on_past, wait_for_downstream, latest_only, wait, notify)
    select v_version, t.n - 1, t.spec ->> 'id', t.spec ? 'over', (v_no ->> (t.spec ->> 'over'))::int, (t.spec ->> 'maxParallel')::int,
      case t.spec ->> 'role'                                            -- a role that has a rule of its own goes by that
        when 'Teardown' then 12
        when 'Undo' then 17
        when 'OnFailure' then case when t.spec -> 'upstreams' = '[]' then 15 else 13 end
        when 'OnSuccess' then case when t.spec -> 'upstreams' = '[]' then 16 else 14 end
        when 'Removed' then 18
        else case when t.spec -> 'upstreams' = '[]' then 0 else           -- what has nothing above it runs, whatever its rule
          array_position('{AllSuccess,AllDone,NoneFailed,NoneFailedMinOneSuccess,OneSuccess,OneFailed,AllFailed,AllDoneMinOneSuccess,AllSkipped,OneDone,NoneSkipped,Always}',
            t.spec ->> 'triggerRule') - 1 end end,
      l.lane_id, (t.spec ->> 'priority')::int, jsonb_array_length(t.spec -> 'upstreams') - x.n_index, x.n_index,
      coalesce((t.spec ->> 'dependsOnPast')::boolean, false), coalesce((t.spec ->> 'waitForDownstream')::boolean, false), coalesce((t.spec ->> 'latestOnly')::boolean, false), t.spec -> 'wait',
      t.spec ? 'notify' or t.spec ? 'deadlines'
    from jsonb_array_elements(p_spec -> 'tasks') with ordinality t(spec, n)
      left join pool p on p.name = t.spec ->> 'pool'
      join lane l on l.queue = coalesce(t.spec ->> 'queue', 'default') and l.pool_id is not distinct from p.pool_id
        and l.weight = coalesce((t.spec ->> 'poolSlots')::int, 1) and l.rated = jsonb_path_exists(t.spec, '$.limits[*].starts') and (l.goes_to is not null) = (t.spec ? 'limits')
        and l.queue_timeout is not distinct from case when not t.spec ? 'wait' then (t.spec ->> 'queueTimeoutSeconds')::double precision end
        and (l.lane_id < 0) = (p_spec ? 'fairnessKey' and not t.spec ? 'wait')
      cross join lateral (select count(*)::int n_index from jsonb_array_elements(t.spec -> 'upstreams') e(edge) where e.edge ->> 'kind' = 'Index') x;
    insert into dag_edge(version_id, up_no, down_no, when_value, kind)
    select v_version, (v_no ->> (e.edge ->> 'task'))::int, t.n - 1, e.edge -> 'when', case e.edge ->> 'kind' when 'Wait' then 'w' when 'Index' then 'i' else 'o' end
    from jsonb_array_elements(p_spec -> 'tasks') with ordinality t(spec, n)
      cross join lateral jsonb_array_elements(t.spec -> 'upstreams') e(edge);
    perform set_reactions(v_version, p_spec);
    insert into awaited
    select distinct t.spec -> 'wait' ->> 'dag', coalesce(t.spec -> 'wait' ->> 'task', '')
    from jsonb_array_elements(p_spec -> 'tasks') t(spec) where t.spec -> 'wait' ? 'dag' on conflict do nothing;
    if p_base is null then perform set_limits(p_spec, p_source); end if;
    insert into limit_of_task(version_id, task_no, limit_no, key_task, key_property, key_argument, key_run)
    select v_version, t.n - 1, l.limit_no, (v_no ->> rtrim(x.spec ->> 'keyTask', '[]'))::int, x.spec ->> 'keyProperty', x.spec ->> 'keyArgument',
           coalesce((x.spec ->> 'keyRun')::boolean, false)
    from jsonb_array_elements(p_spec -> 'tasks') with ordinality t(spec, n)
      cross join lateral jsonb_array_elements(t.spec -> 'limits') x(spec)
      join task_limit l on l.name = x.spec ->> 'name' and (l.starts is not null) = (x.spec ? 'starts');
    insert into asset(name)
    select distinct n #>> '{}' from (
      select jsonb_path_query(p_spec, '$.tasks[*].produces[*]') n union all select jsonb_path_query(p_spec -> 'assets', '$.**.asset')) x
    order by 1 on conflict do nothing;
    insert into asset_of_task(version_id, task_no, asset_no)
    select v_version, t.n - 1, a.asset_no
    from jsonb_array_elements(p_spec -> 'tasks') with ordinality t(spec, n) cross join lateral jsonb_array_elements_text(t.spec -> 'produces') x(name) join asset a on a.name = x.name;
    is_new := true;
  else
    is_new := false;
  end if;
  if p_base is not null then
    dag_no := v_dag; version_id := v_version; return next;
    return;
  end if;
  update dag d set version_id = v_version, source = p_source, retired_at = null where d.dag_no = v_dag;
  if v_was is distinct from v_version or v_retired is not null then
    perform watch_assets(v_dag, p_spec);
    update dag d set adopt_at = case when v.policy <> 'p' then clock_timestamp() end from dag_version v where d.dag_no = v_dag and v.version_id = v_version;
    if v_was is not null then perform pg_notify('pipelines_scheduler', ''); end if;   -- whose open runs may follow
    if not is_new then perform set_limits(p_spec, p_source); end if;    -- those of the version that was loaded last hold
    insert into event(at, dag_no, actor, why, detail)
    values (clock_timestamp(), v_dag, p_source, case when is_new then 'version loaded' else 'version active again' end,
      jsonb_build_object('version', v_version, 'hash', p_hash));
  end if;
  dag_no := v_dag; version_id := v_version; return next;
end $$;

-- The sizes of a graph's limits. Another DAG may name the same limit: the one that was loaded last says how large it is.
create or replace function set_limits(p_spec jsonb, p_by text) returns void language plpgsql as $$
begin
  if not jsonb_path_exists(p_spec, '$.tasks[*].limits') then return; end if;
  perform pg_advisory_xact_lock(hashtext('pipelines.admit'));           -- buckets are looked at anew; admit holds it, and waits for no dag
  with limits as (
    select distinct on (x.spec ->> 'name', x.spec ? 'starts') x.spec ->> 'name' name, (x.spec ->> 'atOnce')::int at_once, (x.spec ->> 'starts')::int starts,
           (x.spec ->> 'perSeconds')::double precision per, (x.spec ->> 'burst')::int burst
    from jsonb_array_elements(p_spec -> 'tasks') t(spec) cross join lateral jsonb_array_elements(t.spec -> 'limits') x(spec)),
  kept as (
    insert into task_limit(name, at_once, starts, per, burst) select name, at_once, starts, per, burst from limits order by name
    on conflict (name, (starts is not null)) do update set at_once = excluded.at_once, starts = excluded.starts, per = excluded.per, burst = excluded.burst
      where (task_limit.at_once, task_limit.starts, task_limit.per, task_limit.burst) is distinct from (excluded.at_once, excluded.starts, excluded.per, excluded.burst)
    returning limit_no, name, at_once, starts, per),
  looked as (update limit_bucket b set due_at = clock_timestamp() from kept k where b.limit_no = k.limit_no)
  insert into event(at, actor, why)
  select clock_timestamp(), p_by, format('limit %s: %s', name, case when starts is null then format('%s at once', at_once) else format('%s starts in %s s', starts, per) end) from kept;
end $$;

-- Who is told of what, of the run (task_no -1) and of its tasks.
create or replace function set_reactions(p_version int, p_spec jsonb) returns void language plpgsql as $$
begin
  with place as (
    select -1 task_no, p_spec spec
    union all
    select (t.n - 1)::int, t.spec from jsonb_array_elements(p_spec -> 'tasks') with ordinality t(spec, n)),
  rules as (
    insert into notify_rule(version_id, task_no, channel, whats)
    select p_version, p.task_no, n.spec ->> 'channel',
           array(select case o when 'Failure' then 'f' when 'Success' then 's' when 'Retry' then 'y' when 'Cancellation' then 'c' end::"char"
                 from unnest(string_to_array(n.spec ->> 'on', ', ')) o)
    from place p cross join lateral jsonb_array_elements(p.spec -> 'notify') n(spec))
  insert into deadline_rule(version_id, task_no, channel, since, after)
  select p_version, p.task_no, d.spec ->> 'channel', case d.spec ->> 'from' when 'ScheduledFor' then 's' when 'Queued' then 'q' else 'r' end::"char",
         (d.spec ->> 'afterSeconds')::double precision
  from place p cross join lateral jsonb_array_elements(p.spec -> 'deadlines') d(spec) on conflict do nothing;
end $$;
