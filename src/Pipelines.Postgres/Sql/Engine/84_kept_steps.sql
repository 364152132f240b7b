-- Steps that outlive the life of their instance: a clear or a fork lets the next one begin with them. A step belongs to the life that began at its 'since', the instance's first start;
-- one since '-infinity' to the next life, whenever that begins, and take_back forgets it when there comes another clear instead.

-- What of instances would be kept: steps, cursor and moments; of those that have done the step p_from only what was there before it, steps in the order in which they were completed.
-- The cursor, which moves, counts as it stood when that step began: moved since then, it is not kept.
create or replace function steps_to_keep(p_run bigint, p_task int[], p_map int[], p_from text) returns table(task_no int, map_index int, kind "char", name text) language sql stable as $$
  select s.task_no, s.map_index, s.kind, s.name
  from task_step s join task_instance t on t.run_id = s.run_id and t.task_no = s.task_no and t.map_index = s.map_index
    left join task_step f on f.run_id = s.run_id and f.task_no = s.task_no and f.map_index = s.map_index and f.kind = 's' and f.name = p_from
      and f.since in (t.first_started_at, '-infinity')
  where s.run_id = p_run and exists (select 1 from unnest(p_task, p_map) p(task_no, map_index) where p.task_no = s.task_no and p.map_index in (-1, s.map_index))
    and t.state <> 'x' and s.state = 's' and s.kind in ('s', 'c', 'm') and s.since in (t.first_started_at, '-infinity')
    and (f.name is null or case s.kind when 's' then s.finished_at < f.finished_at else s.finished_at <= f.started_at end)
  order by s.task_no, s.map_index, s.finished_at $$;

-- What instances of a task had taken when they did what steps_to_keep keeps: a fork is told it, too.
create or replace function signals_to_keep(p_run bigint, p_task int, p_from text) returns setof signal language sql stable as $$
  select s.* from signal s join task_instance t on t.run_id = s.run_id and t.task_no = s.task_no and t.map_index = s.map_index
  where s.run_id = p_run and s.task_no = p_task and t.state <> 'x' and s.taken_at >= t.first_started_at and not exists (
    select 1 from task_step f where f.run_id = p_run and f.task_no = p_task and f.map_index = s.map_index and f.kind = 's' and f.name = p_from and f.since = t.first_started_at and f.started_at < s.taken_at) $$;

-- What a fork begins with: not with waits that have neither had their answer nor been given up. They begin anew, for nobody answers the fork to what the other run has asked.
create or replace function steps_to_fork(p_run bigint, p_task int, p_from text) returns table(task_no int, map_index int, kind "char", name text) language sql stable as $$
  with kept as materialized (select * from steps_to_keep(p_run, array[p_task], array[-1], p_from)),
  over as (                                                             -- such as 'carrier #1' and 'callback:ship:carrier #1', asked by 'ask carrier #1'
    select map_index, substr(name, 9) wait from kept where kind = 'm' and starts_with(name, 'gave up ')),
  answered as (
    select map_index, regexp_replace(name, '^.*:', '') asked from signals_to_keep(p_run, p_task, p_from) where starts_with(name, 'callback:'))
  select k.* from kept k
  where not (k.kind = 'm' and k.name ~ '^wait .+ #[0-9]+$' and not exists (select 1 from over o where o.map_index = k.map_index and o.wait = substr(k.name, 6))
    or k.kind = 's' and k.name ~ '^ask .+ #[0-9]+$'
      and not exists (select 1 from over o where o.map_index = k.map_index and starts_with(o.wait, 'callback:') and regexp_replace(o.wait, '^.*:', '') = substr(k.name, 5))
      and not exists (select 1 from answered a where a.map_index = k.map_index and a.asked = regexp_replace(k.name, '^ask (.*) #[0-9]+$', '\1'))) $$;

-- Refused (PL003): none of the tasks has done a step of that name.
create or replace function check_from_step(p_run bigint, p_task int[], p_from text) returns void language plpgsql as $$
declare v_known text;
begin
  if p_from is null then return; end if;
  if exists (
    select 1 from task_step s join task_instance t using (run_id, task_no, map_index)
    where s.run_id = p_run and s.task_no = any(p_task) and s.kind = 's' and s.name = p_from and s.since in (t.first_started_at, '-infinity')) then return; end if;
  select string_agg(name, ', ') into v_known from (
    select s.name from task_step s join task_instance t using (run_id, task_no, map_index)
    where s.run_id = p_run and s.task_no = any(p_task) and s.kind = 's' and s.since in (t.first_started_at, '-infinity') group by s.name order by min(s.finished_at) limit 20) k;
  raise exception 'The task % of run % has done no step ''%''. %',
    (select string_agg(k.task_id, ', ' order by k.task_no) from dag_run r join dag_task k on k.version_id = r.version_id and k.task_no = any(p_task) where r.run_id = p_run), p_run, p_from,
    case when v_known is null then 'It has done none: clear it without.' else format('It has done: %s.', v_known) end using errcode = 'PL003';
end $$;

-- The first half of keeping: take_back, which comes between, forgets what was kept before. The instances are locked first, as by a body that keeps a step.
create or replace function put_steps_aside(p_run bigint, p_task int[], p_map int[], p_keep int[], p_from text) returns void language plpgsql as $$
declare v_undone text;
begin
  select string_agg(task_id, ', ' order by task_no) into v_undone from undone_tasks(p_run) where task_no = any(p_keep);
  if v_undone is not null then
    raise exception 'What % had done was undone, so its steps are to be done again. Clear it without keeping them.', v_undone using errcode = 'PL003';
  end if;
  perform check_from_step(p_run, p_keep, p_from);
  perform 1 from task_instance where run_id = p_run and task_no = any(p_keep) order by task_no, map_index for no key update;
  update task_step s set since = 'infinity'
  from (select array_agg(task_no) task, array_agg(map_index) map from unnest(p_task, p_map) p(task_no, map_index) where task_no = any(p_keep)) p
    cross join lateral steps_to_keep(p_run, p.task, p.map, p_from) k
  where s.run_id = p_run and s.task_no = k.task_no and s.map_index = k.map_index and s.kind = k.kind and s.name = k.name;
end $$;
