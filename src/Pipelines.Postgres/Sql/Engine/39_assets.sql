-- Assets: what tasks produce, and the DAGs that are run by that. An update is a row of asset_update; each DAG that waits for the asset gets it as a row of
-- asset_delivery, and the run that updates start takes all that wait. Rows are only added here, so producers never wait for each other.

-- Called by settle for what has ended: successes of tasks that produce update their assets, a mapped task as a whole.
create or replace function update_assets(p_run bigint[], p_task int[], p_map int[], p_state "char"[], p_now timestamptz) returns void language plpgsql as $$
declare v_updates bigint[];
begin
  with made as (
    insert into asset_update(asset_no, at, run_id, task_no, extra)
    select o.asset_no, p_now, t.run_id, t.task_no, case when length(t.output::text) <= 4096 then t.output end
    from unnest(p_run, p_task, p_map, p_state) a(run_id, task_no, map_index, state)
      join dag_run r on r.run_id = a.run_id
      join dag_version v on v.version_id = r.version_id and v.produces
      join asset_of_task o on o.version_id = r.version_id and o.task_no = a.task_no
      join task_instance t on t.run_id = a.run_id and t.task_no = a.task_no and t.map_index = -1
    where a.map_index = -1 and a.state = 's' order by a.run_id, a.task_no, o.asset_no
    returning update_id)
  select array_agg(update_id) into v_updates from made;
  if v_updates is not null then
    perform deliver_updates(v_updates);
  end if;
end $$;

-- Gives updates to the DAGs that are run by their assets, paused ones too, and wakes a scheduler if there are any.
create or replace function deliver_updates(p_updates bigint[]) returns void language plpgsql as $$
begin
  insert into asset_delivery(dag_no, asset_no, update_id)
  select w.dag_no, u.asset_no, u.update_id
  from asset_update u join asset_watch w on w.asset_no = u.asset_no join dag d on d.dag_no = w.dag_no and d.retired_at is null
  where u.update_id = any(p_updates);
  if found then
    perform pg_notify('pipelines_scheduler', '');
  end if;
end $$;

-- An update that is told from outside; null: no version has ever named such an asset.
create or replace function update_asset(p_name text, p_extra jsonb, p_why text, p_by text) returns bigint language plpgsql as $$
declare v_update bigint;
begin
  insert into asset_update(asset_no, at, actor, why, extra)
  select asset_no, clock_timestamp(), p_by, p_why, p_extra from asset where name = p_name
  returning update_id into v_update;
  if not found then return null; end if;
  insert into event(at, actor, why) values (clock_timestamp(), p_by, format('asset %s updated', p_name) || coalesce(': ' || p_why, ''));
  perform deliver_updates(array[v_update]);
  return v_update;
end $$;

-- The names of the assets of which updates wait for the DAG.
create or replace function waiting_assets(p_dag int) returns text[] language sql stable as $$
  select array(
    select a.name from asset a join asset_watch w on w.asset_no = a.asset_no
    where w.dag_no = p_dag and exists (select 1 from asset_delivery x where x.dag_no = p_dag and x.asset_no = a.asset_no and x.run_id is null)
    order by a.name)
$$;

-- Whether a condition ({asset} or {all: [...]} or {any: [...]}) holds when these assets have been updated.
create or replace function condition_holds(p_condition jsonb, p_updated text[]) returns boolean language plpgsql immutable as $$
begin
  if p_condition ? 'asset' then return p_condition ->> 'asset' = any(p_updated); end if;
  if p_condition ? 'any' then return exists (select 1 from jsonb_array_elements(p_condition -> 'any') c where condition_holds(c, p_updated)); end if;
  return not exists (select 1 from jsonb_array_elements(p_condition -> 'all') c where not condition_holds(c, p_updated));
end $$;

-- Makes the runs that updates start: one for each DAG whose condition holds, which takes everything that waits. While such a run waits for its start, what
-- comes is gathered for the next one. The dag row is the lock: of two schedulers the second finds nothing that waits.
create or replace function start_asset_runs() returns int language plpgsql as $$
declare d record; v_version int; v_run bigint; v_now timestamptz; n int := 0;
begin
  for d in
    select x.dag_no from dag x
    where x.by_assets is not null and not x.paused and x.retired_at is null
      and exists (select 1 from asset_delivery y where y.dag_no = x.dag_no and y.run_id is null)
      and condition_holds(x.by_assets, waiting_assets(x.dag_no))
      and not exists (select 1 from dag_run r where r.dag_no = x.dag_no and r.state = 'q' and r.kind = 'a')
    order by x.dag_no
  loop
    perform 1 from dag where dag_no = d.dag_no for no key update;
    select x.version_id into v_version from dag x                       -- looked at again, under the lock
    where x.dag_no = d.dag_no and x.by_assets is not null and not x.paused and x.retired_at is null
      and condition_holds(x.by_assets, waiting_assets(x.dag_no))
      and not exists (select 1 from dag_run r where r.dag_no = x.dag_no and r.state = 'q' and r.kind = 'a');
    continue when not found;
    v_now := clock_timestamp();
    insert into dag_run(dag_no, version_id, kind, state, scheduled_for, created_by, created_at, notify)
    select d.dag_no, v_version, 'a', 'q', v_now, 'scheduler', v_now, v.notify from dag_version v where v.version_id = v_version returning run_id into v_run;
    update asset_delivery set run_id = v_run where dag_no = d.dag_no and run_id is null;
    insert into event(at, dag_no, run_id, to_state, actor, why)
    select v_now, d.dag_no, v_run, 'q', 'scheduler', 'updated: ' || string_agg(
      format('%s (%s%s)', u.name, case when u.run_id is null then 'by ' || u.actor else format('run %s, task %s', u.run_id, u.task_id) end, case when u.n > 1 then format(', %s updates', u.n) end),
      ', ' order by u.name)
    from (                                                              -- of each asset the newest
      select distinct on (a.name) a.name, p.run_id, p.actor, k.task_id, count(*) over (partition by a.name) n
      from asset_delivery x join asset a on a.asset_no = x.asset_no join asset_update p on p.update_id = x.update_id
        left join dag_run r on r.run_id = p.run_id left join dag_task k on k.version_id = r.version_id and k.task_no = p.task_no
      where x.run_id = v_run order by a.name, p.update_id desc) u;
    n := n + 1;
  end loop;
  return n;
end $$;

-- What a version says of assets, once it is the current one. Updates that waited for the DAG and that it is run by no more are gone.
create or replace function watch_assets(p_dag int, p_spec jsonb) returns void language plpgsql as $$
begin
  update dag set by_assets = p_spec -> 'assets' where dag_no = p_dag and by_assets is distinct from p_spec -> 'assets';
  if not found then return; end if;
  delete from asset_watch where dag_no = p_dag;
  insert into asset_watch(asset_no, dag_no)
  select asset_no, p_dag from asset where name in (select c #>> '{}' from jsonb_path_query(p_spec -> 'assets', '$.**.asset') c);
  delete from asset_delivery x where x.dag_no = p_dag and x.run_id is null and not exists (select 1 from asset_watch w where w.dag_no = p_dag and w.asset_no = x.asset_no);
  perform pg_notify('pipelines_scheduler', '');                         -- what waits may be enough now
end $$;
