-- Changing runs under way: an open run goes over to another version of its DAG. Tasks are matched by id. What they have come to stays; what waits is counted
-- and decided anew by the new graph. Nothing that runs is touched: its report is taken as it would have been.

-- Tasks of a run that are begun: they run or have run, have come to succeed or fail however, or are in the middle of their elements.
create or replace function begun_tasks(p_run bigint) returns int[] language sql stable as $$
  select array(
    select distinct task_no from task_instance
    where run_id = p_run and state <> 'x' and (state in ('r', 's', 'f') or first_started_at is not null or map_index >= 0)) $$;

-- Why a run that goes on cannot go over from one version to another that numbers its tasks alike: null, it can.
create or replace function upgrade_refused(p_run bigint, p_from int, p_to int, p_begun int[], p_added int[]) returns text language plpgsql stable as $$
declare v record; v_base int := coalesce((select base_id from dag_version where version_id = p_to), p_to);
begin
  select d.task_id, bool_or(t.map_index >= 0) mapped into v
  from dag_task d join task_instance t on t.run_id = p_run and t.task_no = d.task_no
  where d.version_id = p_to and d.trigger_rule = 18 and (t.state = 'r' or t.map_index >= 0 and t.state in ('n', 'q', 'y', 'w', 'a'))
  group by d.task_no, d.task_id order by d.task_no limit 1;
  if found then
    return format('task %s %s, and version %s has none of that id. Wait for it, or cancel or mark it',
      v.task_id, case when v.mapped then 'is in the middle of its elements' else 'is running' end, v_base);
  end if;
  select u.task_id into v
  from dag_task o join dag_task n on n.version_id = p_to and n.task_no = o.task_no and n.trigger_rule = 18
    join dag_edge e on e.version_id = p_from and e.down_no = o.task_no join dag_task u on u.version_id = p_from and u.task_no = e.up_no
    join task_instance t on t.run_id = p_run and t.task_no = e.up_no and t.map_index = -1 and t.state in ('r', 's')
  where o.version_id = p_from and o.trigger_rule = 17 order by u.task_no limit 1;
  if found then
    return format('what task %s does or has done could not be undone any more: version %s has no undo of it', v.task_id, v_base);
  end if;
  select n.task_id, n.wait is not null waits, n.mapped <> o.mapped maps, n.mapped into v
  from dag_task n join dag_task o on o.version_id = p_from and o.task_no = n.task_no and o.trigger_rule <> 18
  where n.version_id = p_to and n.trigger_rule <> 18 and n.task_no = any(p_begun)
    and (n.mapped <> o.mapped or n.wait ->> 'kind' is distinct from o.wait ->> 'kind') order by n.task_no limit 1;
  if found then
    return format('task %s has begun, and in version %s it %s', v.task_id, v_base, case
      when v.maps then case when v.mapped then 'is mapped' else 'is mapped no more' end when v.waits then 'waits for something else' else 'has a body' end);
  end if;
  select u.task_id above, d.task_id below into v
  from dag_edge e join dag_task u on u.version_id = p_to and u.task_no = e.up_no join dag_task d on d.version_id = p_to and d.task_no = e.down_no
  where e.version_id = p_to and e.up_no = any(p_added) and e.down_no = any(p_begun) order by e.up_no, e.down_no limit 1;
  if found then
    return format('version %s adds task %s before %s, which has begun: it would run after what depends on it', v_base, v.above, v.below);
  end if;
  return null;
end $$;

-- Moves an open run to another version of its DAG, in one transaction. Returns what that changed. Refused (PL003), with one line that says why: what has ended, is
-- being stopped or waits for its last callbacks only; and what upgrade_refused says. The dag's lock, where the numbered version is made, comes before the run's.
create or replace function upgrade_run(p_run bigint, p_version int, p_by text, p_why text) returns jsonb language plpgsql as $$
declare r dag_run; v_from int; v_state "char"; v_to int; v_old int; v_done jsonb;
begin
  select version_id, state into v_from, v_state from dag_run where run_id = p_run;
  if not found then raise exception 'There is no run %.', p_run using errcode = 'PL003'; end if;
  select coalesce(base_id, version_id) into v_old from dag_version where version_id = v_from;
  if v_state not in ('q', 'r') then
    raise exception 'Run % has ended. Run it again on that version: pipelines runs clear % --version current', p_run, p_run using errcode = 'PL003';
  end if;
  if v_old = p_version then raise exception 'Run % is on version % already.', p_run, p_version using errcode = 'PL003'; end if;
  if not exists (select 1 from dag_version t join dag_version f on f.version_id = v_from and f.dag_no = t.dag_no where t.version_id = p_version and t.base_id is null) then
    raise exception 'The DAG of run % has no version %.', p_run, p_version using errcode = 'PL003';
  end if;
  v_to := case v_state when 'q' then p_version else numbered_version(v_from, p_version) end;
  select * into r from dag_run where run_id = p_run for no key update;
  if r.version_id is distinct from v_from or r.state <> v_state then raise exception 'Run % has just changed. Try again.', p_run using errcode = 'PL003'; end if;
  if r.cancelling then raise exception 'Run % is being stopped.', p_run using errcode = 'PL003'; end if;
  if r.verdict is not null then raise exception 'The work of run % has ended; its teardowns and callbacks end on the version it has.', p_run using errcode = 'PL003'; end if;

  v_done := graph_change(v_from, v_to);
  if v_state = 'q' then
    perform upgrade_queued(p_run, v_from, p_version);
  else
    perform upgrade_started(p_run, v_from, v_to, p_by, format('version %s of the DAG', p_version));
  end if;
  insert into event(at, dag_no, run_id, from_state, to_state, actor, why, detail)
  values (clock_timestamp(), r.dag_no, p_run, v_state, v_state, p_by,
    concat_ws(': ', format('graph changed from version %s to %s', v_old, p_version), p_why), jsonb_build_object('graphChanged', v_done || jsonb_build_object('from', v_old, 'to', p_version)));
  delete from upgrade_refusal where run_id = p_run;
  return v_done || jsonb_build_object('run', p_run, 'from', v_old, 'to', p_version);
end $$;

-- What one version has that the other has not, by id. Of tasks in both: rewired, where what they wait for differs.
create or replace function graph_change(p_from int, p_to int) returns jsonb language sql stable as $$
  with o as (select task_no, task_id from dag_task where version_id = p_from and trigger_rule <> 18),
  n as (select task_no, task_id from dag_task where version_id = p_to and trigger_rule <> 18),
  was as (select u.task_id up, d.task_id down, e.kind, e.when_value from dag_edge e join o u on u.task_no = e.up_no join o d on d.task_no = e.down_no where e.version_id = p_from),
  is_now as (select u.task_id up, d.task_id down, e.kind, e.when_value from dag_edge e join n u on u.task_no = e.up_no join n d on d.task_no = e.down_no where e.version_id = p_to),
  moved as (select down from ((table was except table is_now) union all (table is_now except table was)) x)
  select jsonb_build_object(
    'added', coalesce((select jsonb_agg(task_id order by task_no) from n where task_id not in (select task_id from o)), '[]'),
    'removed', coalesce((select jsonb_agg(task_id order by task_no) from o where task_id not in (select task_id from n)), '[]'),
    'rewired', coalesce((select jsonb_agg(task_id order by task_no) from n where task_id in (select task_id from o) and task_id in (select down from moved)), '[]')) $$;

-- Tasks of two versions that number them alike that wait for other things in the one than in the other.
create or replace function rewired_tasks(p_from int, p_to int) returns int[] language sql stable as $$
  with was as (select up_no, down_no, kind, when_value from dag_edge where version_id = p_from),
  is_now as (select up_no, down_no, kind, when_value from dag_edge where version_id = p_to)
  select array(select distinct down_no from ((table was except table is_now) union all (table is_now except table was)) x) $$;

-- A run that waits for its start has instances only of an earlier time, or ends that it begins with. In a run of some tasks the added ones are left out.
create or replace function upgrade_queued(p_run bigint, p_from int, p_to int) returns void language plpgsql as $$
declare v_added int[];
begin
  perform move_run(p_run, p_from, p_to);
  if (select left_out from dag_run where run_id = p_run) is not null then
    v_added := array(
      select n.task_no from dag_task n
      where n.version_id = p_to and n.trigger_rule not in (15, 16, 17) and not exists (select 1 from dag_task o where o.version_id = p_from and o.task_id = n.task_id and o.trigger_rule <> 18));
    insert into preset select p_run, a, -1, 'k', null, 'not among the tasks of this run' from unnest(v_added) a on conflict (run_id, task_no, map_index) do nothing;
    update dag_run set left_out = left_out || v_added where run_id = p_run;
  end if;
end $$;

-- A run that goes on, to a version that numbers its tasks alike. The caller has locked it.
create or replace function upgrade_started(p_run bigint, p_from int, p_to int, p_by text, p_why text) returns void language plpgsql as $$
declare
  v_now timestamptz := clock_timestamp(); v_begun int[]; v_added int[]; v_rewired int[] := rewired_tasks(p_from, p_to); v_changed int[]; v_refused text; v_part boolean;
  b_task int[]; b_map int[]; b_to "char"[]; b_first timestamptz[]; b_tries smallint[]; b_lost smallint[]; b_polls int[];
begin
  perform lock_queue(p_run);
  v_begun := begun_tasks(p_run);
  select left_out is not null into v_part from dag_run where run_id = p_run;
  v_added := array(
    select d.task_no from dag_task d
    where d.version_id = p_to and d.trigger_rule <> 18
      and not exists (select 1 from task_instance t where t.run_id = p_run and t.task_no = d.task_no and t.map_index = -1 and t.state <> 'x'));
  v_refused := upgrade_refused(p_run, p_from, p_to, v_begun, case when not v_part then v_added end);
  if v_refused is not null then
    raise exception 'Run % stays on its version: %.', p_run, v_refused using errcode = 'PL003';
  end if;

  -- Out of queues and waits: what there is no more, and what has not begun and is decided otherwise now.
  v_changed := array(
    select n.task_no from dag_task n join dag_task o on o.version_id = p_from and o.task_no = n.task_no
    where n.version_id = p_to and n.trigger_rule <> 18 and ((n.trigger_rule, n.lane_id, n.priority, n.mapped, n.n_index, n.depends_on_past, n.wait_for_downstream, n.latest_only)
        is distinct from (o.trigger_rule, o.lane_id, o.priority, o.mapped, o.n_index, o.depends_on_past, o.wait_for_downstream, o.latest_only)
      or n.task_no = any(v_rewired)));
  with task as (
    select n.task_no, n.trigger_rule = 18 removed,
           n.task_no = any(v_changed) changed
    from dag_task n where n.version_id = p_to and (n.trigger_rule = 18 or n.task_no = any(v_changed)))
  select array_agg(t.task_no), array_agg(t.map_index), array_agg(case when k.removed then 'x' else 'n' end::"char"), array_agg(t.first_started_at), array_agg(t.tries),
         array_agg(t.lost), array_agg(t.polls)
    into b_task, b_map, b_to, b_first, b_tries, b_lost, b_polls
  from task k join task_instance t on t.run_id = p_run and t.task_no = k.task_no
  where k.removed and t.state in ('n', 'q', 'y', 'w', 'a')
    or k.changed and (t.state = 'q' and t.first_started_at is null
      or t.state = 'w' and t.map_index = -1 and exists (select 1 from gate g where g.run_id = p_run and g.task_no = t.task_no));
  if b_task is not null then
    -- A task that comes back with a later version, the one before for instance, goes on with the steps it has done, and with what it has asked and started in them.
    update task_step s set since = 'infinity'
    from unnest(b_task, b_map, b_to, b_first) b(task_no, map_index, become, first)
    where b.become = 'x' and s.run_id = p_run and s.task_no = b.task_no and s.map_index = b.map_index and s.since = b.first;
    perform take_back(p_run, b_task, b_map, b_to, v_now, p_by, p_why);
    update task_step s set since = b.first
    from unnest(b_task, b_map, b_first) b(task_no, map_index, first)
    where s.run_id = p_run and s.task_no = b.task_no and s.map_index = b.map_index and s.since = 'infinity';
    update task_instance t set first_started_at = b.first, tries = b.tries, lost = b.lost, polls = b.polls
    from unnest(b_task, b_map, b_to, b_first, b_tries, b_lost, b_polls) b(task_no, map_index, become, first, tries, lost, polls)
    where b.become = 'x' and b.first is not null and t.run_id = p_run and t.task_no = b.task_no and t.map_index = b.map_index;
  end if;

  update dag_run r set version_id = p_to, notify = n.notify, deadline_at = case when o.run_timeout is distinct from n.run_timeout then v_now + make_interval(secs => n.run_timeout) else r.deadline_at end,
    left_out = case when v_part then r.left_out || array(select task_no from dag_task d where d.version_id = p_to and d.task_no = any(v_added) and d.trigger_rule not in (15, 16, 17)) end
  from dag_version n, dag_version o where r.run_id = p_run and n.version_id = p_to and o.version_id = p_from;
  -- What runs or is queued to go on keeps its lane until it is queued anew: there it is counted.
  update task_instance t set trigger_rule = d.rule, gated = d.gated, notify = d.notify,
    lane_id = case when t.state in ('r', 'q') then t.lane_id else d.lane_id end, priority = case when t.state in ('r', 'q') then t.priority else d.priority end
  from (
    select d.task_no, i.element, case when d.trigger_rule <> 18 and (d.n_index = 0) = i.element then 0 else d.trigger_rule end rule,
           case when d.mapped and not i.element then 0 else d.lane_id end lane_id, (d.priority + r.priority)::smallint priority,
           not i.element and (d.depends_on_past or d.latest_only) gated, not i.element and d.notify notify
    from dag_run r join dag_task d on d.version_id = r.version_id cross join (values (false), (true)) i(element) where r.run_id = p_run) d
  where t.run_id = p_run and t.task_no = d.task_no and (t.map_index >= 0) = d.element
    and (t.trigger_rule <> d.rule or t.gated <> d.gated or t.notify <> d.notify or t.state not in ('r', 'q') and (t.lane_id <> d.lane_id or t.priority <> d.priority));
  insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
  select v_now, p_run, d.task_no, -1, coalesce(t.attempt, 0), coalesce(t.state, 'n'), case when v_part and d.trigger_rule not in (15, 16, 17) then 'k' else 'n' end, p_by,
         case when v_part and d.trigger_rule not in (15, 16, 17) then 'not among the tasks of this run' else 'back with ' || p_why end
  from dag_task d left join task_instance t on t.run_id = p_run and t.task_no = d.task_no and t.map_index = -1
  where d.version_id = p_to and d.task_no = any(v_added) and (t.state = 'x' or v_part and d.trigger_rule not in (15, 16, 17));
  insert into task_instance(run_id, task_no, map_index, state, trigger_rule, lane_id, priority, unmet, finished_at, gated, notify)
  select p_run, d.task_no, -1, case when v_part and d.trigger_rule not in (15, 16, 17) then 'k' else 'n' end, case when d.n_index > 0 then 0 else d.trigger_rule end,
         case when d.mapped then 0 else d.lane_id end, d.priority + r.priority, d.n_up, case when v_part and d.trigger_rule not in (15, 16, 17) then v_now end, d.depends_on_past or d.latest_only, d.notify
  from dag_run r join dag_task d on d.version_id = r.version_id where r.run_id = p_run and d.task_no = any(v_added)
  on conflict (run_id, task_no, map_index) do update set state = excluded.state, trigger_rule = excluded.trigger_rule, lane_id = excluded.lane_id, priority = excluded.priority,
    unmet = excluded.unmet, ok = 0, failed = 0, skipped = 0, refused = 0, worker_id = null, queued_at = null, finished_at = excluded.finished_at, gated = excluded.gated, notify = excluded.notify;

  delete from deadline x using dag_task d where x.run_id = p_run and d.version_id = p_to and d.task_no = x.task_no and d.trigger_rule = 18;
  insert into deadline(run_id, task_no, channel, due_at)
  select p_run, d.task_no, d.channel, x.due_at
  from dag_run r join deadline_rule d on d.version_id = r.version_id
    cross join lateral (select case d.since when 's' then r.scheduled_for when 'q' then r.created_at else r.started_at end + make_interval(secs => d.after) due_at) x
  where r.run_id = p_run and d.task_no = any(v_added) and x.due_at > v_now on conflict do nothing;

  update dag_run r set callbacks = t.callbacks, remaining = t.remaining, failures = t.failures
  from (
    select (count(*) filter (where state in ('n', 'q', 'r', 'y', 'w', 'a') and not (state = 'n' and trigger_rule in (15, 16, 17))))::int remaining,
           (count(*) filter (where state in ('f', 'u') and trigger_rule <> 18))::int failures,
           (count(*) filter (where state = 'n' and trigger_rule in (15, 16, 17)))::int callbacks
    from task_instance where run_id = p_run) t
  where r.run_id = p_run;
  if exists (select 1 from awaited) then                                -- what waits for a task of this run may find another one
    perform tell_waits(array_agg(p_run), array_agg(task_no)) from dag_task where version_id = p_to;
  end if;
  -- What waits for the same as before has counted it already; elements may be let go, for there may be room for more now.
  perform decide_waiting(p_run, v_now, v_added || v_changed || array(select task_no from dag_task where version_id = p_to and mapped));
end $$;
