-- What a run is told from outside. A signal is stored before it is acknowledged, kept while nobody waits for it, and taken once, in the order in which they came.
-- Whoever calls these holds, or takes first, the lock of the run: so nobody begins to wait beside a signal that comes.

-- Gives the open signals of runs to those that wait for them: the oldest to the first in the order of tasks. A task without a body ends with it;
-- one with a body goes back into the queue, and finds it there. Returns how many were given.
create or replace function deliver_signals(p_run bigint[], p_now timestamptz) returns int language plpgsql as $$
declare v_lane smallint; n int; e_run bigint[]; e_task int[]; e_map int[];
begin
  if not exists (select 1 from signal_wait where run_id = any(p_run)) then return 0; end if;
  select lane_id into v_lane from lane where queue = '~wait';
  with waiter as (
    select w.run_id, w.name, w.task_no, w.map_index, row_number() over (partition by w.run_id, w.name order by w.task_no, w.map_index) place
    from signal_wait w where w.run_id = any(p_run)),
  come as (
    select s.run_id, s.name, s.signal_id, s.payload, s.sent_by, row_number() over (partition by s.run_id, s.name order by s.signal_id) place
    from (select distinct run_id, name from waiter) w join signal s on s.run_id = w.run_id and s.name = w.name and s.taken_at is null),
  given as (
    delete from signal_wait d using waiter w join come c on c.run_id = w.run_id and c.name = w.name and c.place = w.place
    where d.run_id = w.run_id and d.task_no = w.task_no and d.map_index = w.map_index
    returning d.run_id, d.task_no, d.map_index, d.name, c.signal_id, c.payload, c.sent_by),
  taken as (
    update signal s set task_no = g.task_no, map_index = g.map_index, taken_at = p_now from given g where s.signal_id = g.signal_id),
  untimed as (
    delete from timer m using given g where m.run_id = g.run_id and m.task_no = g.task_no and m.map_index = g.map_index),
  moved as (
    update task_instance t set state = case when t.lane_id = v_lane then 's' else 'q' end, output = case when t.lane_id = v_lane then g.payload else t.output end,
      queued_at = case when t.lane_id = v_lane then t.queued_at else p_now end, finished_at = case when t.lane_id = v_lane then p_now end
    from given g where t.run_id = g.run_id and t.task_no = g.task_no and t.map_index = g.map_index and t.state = 'w'
    returning t.run_id, t.task_no, t.map_index, t.attempt, t.state, t.lane_id, t.priority, g.name, g.sent_by),
  queued as (insert into ready_queue select lane_id, -priority, run_id, task_no, map_index from moved where state = 'q' on conflict do nothing),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select p_now, run_id, task_no, map_index, attempt, 'w', state, sent_by, format('the signal %s came', name) from moved)
  select count(*), array_agg(run_id) filter (where state = 's'), array_agg(task_no) filter (where state = 's'), array_agg(map_index) filter (where state = 's')
    into n, e_run, e_task, e_map from moved;
  if e_run is not null then
    perform settle(e_run, e_task, e_map, array_fill('s'::"char", array[cardinality(e_run)]), p_now, null, 0, null);
  end if;
  if n > 0 then
    perform pg_notify('pipelines_worker', '');
    perform pg_notify('pipelines_scheduler', '')                        -- where what follows is its business: waits, and tasks with limits
    from lane l where (l.queue = '~wait' or l.goes_to is not null) and (select 1 from ready_queue q where q.lane_id = l.lane_id limit 1) is not null limit 1;
  end if;
  return n;
end $$;

-- Whether a run will take no signal any more. One that is being stopped still runs its teardowns and undos.
create or replace function is_deaf(p_run bigint) returns boolean language sql stable as $$
  select not exists (
    select 1 from dag_run r where r.run_id = p_run and r.state in ('q', 'r') and (not r.cancelling or exists (
      select 1 from task_instance t where t.run_id = p_run and t.trigger_rule in (12, 17) and t.state in ('n', 'q', 'r', 'y', 'w', 'a')))) $$;

-- Stores a signal and gives it to whoever waits for it. The same key again is the signal that is there already. Refused (PL003): no such run, or it has ended
-- or is being stopped, so that nobody would ever take it.
create or replace function send_signal(p_run bigint, p_name text, p_payload jsonb, p_key text, p_by text, p_trace text, out signal_id bigint, out is_new boolean) language plpgsql as $$
declare v_state "char"; v_cancelling boolean; v_now timestamptz;
begin
  select state, cancelling into v_state, v_cancelling from dag_run where run_id = p_run for no key update;
  if not found then raise exception 'There is no run %.', p_run using errcode = 'PL003'; end if;
  is_new := false;
  if p_key is not null then
    select s.signal_id into signal_id from signal s where s.run_id = p_run and s.name = p_name and s.key = p_key;
    if found then return; end if;
  end if;
  if v_state not in ('q', 'r') then
    if p_key is not null then                                           -- it may have gone on to the run that goes on from this one
      select s.signal_id into signal_id from runs_from(p_run) l join signal s on s.run_id = l.run_id where s.name = p_name and s.key = p_key limit 1;
      if found then return; end if;
    end if;
    raise exception 'Run % has ended (%): nothing in it takes the signal % any more.', p_run, case v_state when 's' then 'succeeded' when 'f' then 'failed' else 'cancelled' end, p_name using errcode = 'PL003';
  end if;
  if v_cancelling and is_deaf(p_run) then raise exception 'Run % is being stopped: nothing in it takes the signal % any more.', p_run, p_name using errcode = 'PL003'; end if;
  v_now := clock_timestamp();
  insert into signal(run_id, name, payload, key, sent_by, sent_at, traceparent) values (p_run, p_name, p_payload, p_key, p_by, v_now, p_trace) returning signal.signal_id into signal_id;
  is_new := true;
  insert into event(at, run_id, actor, why) values (v_now, p_run, p_by, format('signal %s sent', p_name));
  perform deliver_signals(array[p_run], v_now);
end $$;

-- The signal that an attempt has taken as its nth (from 0) of a name, or takes now. No row: none has come. Refused (PL005) when the attempt is not this worker's.
create or replace function take_signal(p_worker int, p_run bigint, p_task int, p_map int, p_attempt smallint, p_name text, p_nth int)
returns table(payload jsonb, sent_by text, sent_at timestamptz, traceparent text) language plpgsql as $$
#variable_conflict use_column
declare v_since timestamptz; v_id bigint;
begin
  perform 1 from dag_run where run_id = p_run for no key update;
  select t.first_started_at into v_since from task_instance t
  where t.run_id = p_run and t.task_no = p_task and t.map_index = p_map and t.attempt = p_attempt and t.worker_id = p_worker and t.state = 'r';
  if not found then raise exception 'the attempt is no longer this worker''s' using errcode = 'PL005'; end if;
  select s.signal_id into v_id from signal s
  where s.run_id = p_run and s.name = p_name and s.task_no = p_task and s.map_index = p_map and s.taken_at >= v_since order by s.taken_at, s.signal_id offset p_nth limit 1;
  if not found then
    select s.signal_id into v_id from signal s where s.run_id = p_run and s.name = p_name and s.taken_at is null order by s.signal_id limit 1;
    update signal set task_no = p_task, map_index = p_map, taken_at = clock_timestamp() where signal_id = v_id;
  end if;
  return query select s.payload, s.sent_by, s.sent_at, s.traceparent from signal s where s.signal_id = v_id;
end $$;

-- Whether an instance that is made anew keeps a step in which it has asked for this answer.
create or replace function keeps_question(p_run bigint, p_task int, p_map int, p_signal text) returns boolean language sql stable as $$
  select exists (
    select 1 from task_step where run_id = p_run and task_no = p_task and map_index = p_map and kind = 's' and since = 'infinity'
      and starts_with(name, 'ask ' || regexp_replace(p_signal, '^.*:', '') || ' #')) $$;

-- Gives back what instances have taken that are made anew: they take it again, as if they had never run. The caller lets them go on and delivers. Not the answers to what they have asked:
-- they ask anew, and an answer to the old question would be taken for the new one's. Those that keep the step in which they asked get the answer again.
create or replace function give_back_signals(p_run bigint, p_task int[], p_map int[]) returns void language sql as $$
  update signal s set task_no = null, map_index = null, taken_at = null
  from unnest(p_task, p_map) p(task_no, map_index) where s.run_id = p_run and s.task_no = p.task_no and s.map_index = p.map_index
    and (not starts_with(s.name, 'callback:') or keeps_question(p_run, s.task_no, s.map_index, s.name));
  update callback c set expires_at = clock_timestamp()
  from unnest(p_task, p_map) p(task_no, map_index) where c.run_id = p_run and c.task_no = p.task_no and p.map_index in (-1, c.map_index)
    and c.called_at is null and c.expires_at > clock_timestamp() and not keeps_question(p_run, c.task_no, c.map_index, c.signal) $$;

-- Sends the signal of a callback, for somebody who knows its secret. c: it is told; a: it was before; e: its time is over; g: the run has ended; null: there is none such.
create or replace function call_back_in(p_callback bigint, p_hash bytea, p_payload jsonb, p_by text, p_trace text) returns text language plpgsql as $$
declare v_run bigint; v_signal text; v_called timestamptz; v_expires timestamptz; v_trace text;
begin
  -- The run first, like everywhere; which one never changes.
  select run_id into v_run from callback where callback_id = p_callback and hash = p_hash;
  if not found then return null; end if;
  perform 1 from dag_run where run_id = v_run for no key update;
  select signal, called_at, expires_at, traceparent into v_signal, v_called, v_expires, v_trace from callback where callback_id = p_callback for update;
  if v_called is not null then return 'a'; end if;
  if v_expires < clock_timestamp() then return 'e'; end if;
  if is_deaf(v_run) then return 'g'; end if;
  update callback set called_at = clock_timestamp() where callback_id = p_callback;
  perform send_signal(v_run, v_signal, p_payload, format('callback %s', p_callback), p_by, coalesce(p_trace, v_trace));
  return 'c';
end $$;
