-- What people are asked. An instance in a has a row in approval; one person's decision is a row in decision, and who may decide is decided here.

-- One person's answer. A rejection decides; an approval does when enough different people have approved. Returns what the question has come to: a while more are needed.
-- p_role is the rank of who decides: o operator, a administrator. p_asked is when what they have seen was asked; null: they decide whatever is asked now.
-- Refused (PL003): nothing is asked, it is decided or over, they have seen another question, or it is not theirs to decide.
create or replace function decide(
  p_run bigint, p_task int, p_map int, p_name text, p_role "char", p_approves boolean, p_note text, p_form jsonb, p_asked timestamptz default null) returns "char" language plpgsql as $$
declare v approval; v_starter text; v_now timestamptz; v_by text; n int;
begin
  perform 1 from dag_run where run_id = p_run for no key update;
  if not found then raise exception 'There is no run %.', p_run using errcode = 'PL003'; end if;
  v_starter := starter_of(p_run);
  select * into v from approval where run_id = p_run and task_no = p_task and map_index = p_map;
  if not found then raise exception 'This task asks for no approval, or not yet.' using errcode = 'PL003'; end if;
  v_now := clock_timestamp();
  if v.state <> 'a' then
    select string_agg(made_by, ' and ' order by at) into v_by from decision d
    where d.run_id = p_run and d.task_no = p_task and d.map_index = p_map and d.asked_at = v.asked_at and d.approves = (v.state = 's');
    raise exception 'It is % already%.', case v.state when 's' then 'approved' when 'f' then 'rejected' else 'taken back' end,
      coalesce(', by ' || v_by, case when v.expires_at <= v.decided_at then ': nobody decided in time' else '' end) using errcode = 'PL003';
  end if;
  if p_asked <> v.asked_at then raise exception 'It is asked anew since: look at it again.' using errcode = 'PL003'; end if;
  if v.expires_at <= v_now then raise exception 'The time to decide was over at % UTC.', to_char(v.expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') using errcode = 'PL003'; end if;
  if v.by_admin and p_role <> 'a' then raise exception 'Only administrators may decide this.' using errcode = 'PL003'; end if;
  if v.people is not null and person(p_name) <> all(v.people) then
    raise exception 'Only % may decide this.', array_to_string(v.people, ', ') using errcode = 'PL003';
  end if;
  if v.not_by_starter and person(v_starter) = person(p_name) then raise exception 'Whoever started the run may not decide this: it takes four eyes.' using errcode = 'PL003'; end if;
  insert into decision values (p_run, p_task, p_map, v.asked_at, person(p_name), p_approves, p_note, p_form, v_now) on conflict do nothing;
  if not found then raise exception 'You have approved this already; another person must.' using errcode = 'PL003'; end if;
  select count(*) into n from decision d where d.run_id = p_run and d.task_no = p_task and d.map_index = p_map and d.asked_at = v.asked_at and d.approves;
  if p_approves and n < v.needed then
    insert into event(at, run_id, task_no, map_index, from_state, to_state, actor, why)
    values (v_now, p_run, p_task, p_map, 'a', 'a', p_name, concat_ws(': ', format('approved, %s of %s', n, v.needed), p_note));
    return 'a';
  end if;
  perform end_approval(p_run, p_task, p_map, p_approves, p_name, concat_ws(': ', case when p_approves then 'approved' else 'rejected by ' || person(p_name) end, p_note), v_now);
  return case when p_approves then 's' else 'f' end;
end $$;

-- Who has started a run, or the one that it goes on from, or the one that has started that: a person may stand behind many.
create or replace function starter_of(p_run bigint) returns text language sql stable as $$
  with recursive line as (
    select run_id, created_by, coalesce(continues, parent_run) before, 0 depth from dag_run where run_id = p_run
    union all
    select r.run_id, r.created_by, coalesce(r.continues, r.parent_run), l.depth + 1 from line l join dag_run r on r.run_id = l.before)
  select created_by from line order by depth desc limit 1 $$;

-- An actor without the way in which they came: cli:ann is ann.
create or replace function person(p_actor text) returns text language sql immutable as $$ select lower(regexp_replace(p_actor, '^[a-z]+:', '')) $$;

-- Ends an open approval, and with it the instance. The caller holds the lock of the run.
create or replace function end_approval(p_run bigint, p_task int, p_map int, p_approved boolean, p_by text, p_why text, p_now timestamptz) returns void language plpgsql as $$
declare v approval; v_to "char"; v_moved boolean;
begin
  update approval set state = case when p_approved then 's' else 'f' end, decided_at = p_now
  where run_id = p_run and task_no = p_task and map_index = p_map and state = 'a' returning * into v;
  if not found then return; end if;
  v_to := case when p_approved then 's' else v.on_reject end;
  delete from timer where run_id = p_run and task_no = p_task and map_index = p_map;
  with decided as (
    select jsonb_agg(jsonb_build_object('by', made_by, 'approves', approves, 'note', note, 'at', at) order by at, made_by) list,
           (array_agg(form order by at desc) filter (where approves and form is not null))[1] form
    from decision d where d.run_id = p_run and d.task_no = p_task and d.map_index = p_map and d.asked_at = v.asked_at),
  moved as (
    update task_instance t set state = v_to, finished_at = p_now,
      output = case when v_to = 's' then jsonb_build_object('approved', p_approved, 'form', d.form, 'decisions', coalesce(d.list, '[]')) end
    from decided d where t.run_id = p_run and t.task_no = p_task and t.map_index = p_map and t.state = 'a' returning t.attempt)
  insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
  select p_now, p_run, p_task, p_map, attempt, 'a', v_to, p_by, p_why from moved;
  get diagnostics v_moved = row_count;
  if v_moved then
    perform settle(array[p_run], array[p_task], array[p_map], array[v_to], p_now, null, 0, null);
    perform pg_notify('pipelines_worker', '');
    perform pg_notify('pipelines_scheduler', '');
  end if;
end $$;

-- Takes back what instances ask that do not any more: cancelled, cleared, or ended by hand.
create or replace function take_back_approvals(p_run bigint, p_task int[], p_map int[], p_now timestamptz) returns void language sql as $$
  update approval a set state = 'x', decided_at = p_now
  from unnest(p_task, p_map) p(task_no, map_index) where a.run_id = p_run and a.task_no = p.task_no and a.map_index = p.map_index and a.state = 'a' $$;

-- What its pages and lists show of an approval, in the order in which they read it.
create or replace function approval_row(a approval) returns table(
  run_id bigint, dag_id text, scheduled_for timestamptz, task_id text, map_index int, state "char", question text, asked_at timestamptz, expires_at timestamptz, decided_at timestamptz,
  needed smallint, people text[], by_admin boolean, not_by_starter boolean, starter text, on_expiry "char", decided_by text[]) language sql stable as $$
  select a.run_id, d.dag_id, r.scheduled_for, k.task_id, a.map_index, a.state, a.question, a.asked_at, a.expires_at, a.decided_at,
         a.needed, a.people, a.by_admin, a.not_by_starter, case when a.not_by_starter then starter_of(a.run_id) else r.created_by end, a.on_expiry,
         array(select c.made_by from decision c where c.run_id = a.run_id and c.task_no = a.task_no and c.map_index = a.map_index and c.asked_at = a.asked_at order by c.at)
  from dag_run r join dag d on d.dag_no = r.dag_no join dag_task k on k.version_id = r.version_id and k.task_no = a.task_no
  where r.run_id = a.run_id $$;
