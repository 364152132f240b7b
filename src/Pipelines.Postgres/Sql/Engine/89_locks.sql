-- Locks of bodies. Each of these is a statement of its own, under an advisory lock of the name, and locks nothing else of the engine: whether an attempt still runs is only read.

-- Whether an attempt is running by the store's word: one that was taken back, or has ended, holds nothing and waits for nothing.
create or replace function attempt_runs(p_worker int, p_run bigint, p_task int, p_map int, p_attempt smallint) returns boolean language sql stable as $$
  select exists (
    select 1 from task_instance
    where run_id = p_run and task_no = p_task and map_index = p_map and state = 'r' and attempt = p_attempt and worker_id = p_worker) $$;

-- Takes a lock, or a place in its line, which is kept by asking again, as the same request, before p_patience is over. Returns the token, or null: then how many stand before, and who has it.
-- A request whose answer was lost gets the same one again.
-- PL011: the attempt is not this worker's any more. PL014: it has the lock itself.
create or replace function take_lock(
  p_worker int, p_run bigint, p_task int, p_map int, p_attempt smallint, p_name text, p_asked uuid, p_lease double precision, p_patience double precision,
  out o_token bigint, out o_before int, out o_held_by text)
language plpgsql as $$
declare v_now timestamptz; v_ticket bigint; h task_lock;
begin
  perform pg_advisory_xact_lock(hashtext('pipelines.lock'), hashtext(p_name));
  if not attempt_runs(p_worker, p_run, p_task, p_map, p_attempt) then raise exception 'fenced' using errcode = 'PL011'; end if;
  v_now := clock_timestamp();
  update task_lock set until = v_now + make_interval(secs => p_lease) where name = p_name and asked = p_asked and until > v_now returning token, 0 into o_token, o_before;
  if found then return; end if;
  delete from task_lock_wait w where w.name = p_name and (w.until < v_now or not attempt_runs(w.worker_id, w.run_id, w.task_no, w.map_index, w.attempt));
  update task_lock_wait set until = v_now + make_interval(secs => p_patience) where asked = p_asked returning ticket into v_ticket;
  if v_ticket is null then
    insert into task_lock_wait(name, asked, run_id, task_no, map_index, attempt, worker_id, until)
    values (p_name, p_asked, p_run, p_task, p_map, p_attempt, p_worker, v_now + make_interval(secs => p_patience)) returning ticket into v_ticket;
  end if;
  select count(*) into o_before from task_lock_wait where name = p_name and ticket < v_ticket;
  select * into h from task_lock where name = p_name;
  if found and h.until > v_now and attempt_runs(h.worker_id, h.run_id, h.task_no, h.map_index, h.attempt) then
    if (h.run_id, h.task_no, h.map_index) = (p_run, p_task, p_map) then raise exception 'held already' using errcode = 'PL014'; end if;
    select format('task %s%s of run %s (%s, attempt %s) has had it since %s',
             k.task_id, case when h.map_index >= 0 then format('[%s]', h.map_index) end, h.run_id, d.dag_id, h.attempt, to_char(h.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"'))
      into o_held_by
    from dag_run r join dag d on d.dag_no = r.dag_no join dag_task k on k.version_id = r.version_id and k.task_no = h.task_no where r.run_id = h.run_id;
  elsif o_before = 0 then
    o_token := nextval('fencing_token');
    insert into task_lock(name, token, asked, run_id, task_no, map_index, attempt, worker_id, since, until)
    values (p_name, o_token, p_asked, p_run, p_task, p_map, p_attempt, p_worker, v_now, v_now + make_interval(secs => p_lease))
    on conflict (name) do update set token = excluded.token, asked = excluded.asked, run_id = excluded.run_id, task_no = excluded.task_no, map_index = excluded.map_index, attempt = excluded.attempt,
      worker_id = excluded.worker_id, since = excluded.since, until = excluded.until;
    delete from task_lock_wait where ticket = v_ticket;
  end if;
end $$;

-- Holds it for longer. False: its time was over, or its attempt is.
create or replace function renew_lock(p_name text, p_token bigint, p_lease double precision) returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('pipelines.lock'), hashtext(p_name));
  update task_lock l set until = clock_timestamp() + make_interval(secs => p_lease)
  where name = p_name and token = p_token and until > clock_timestamp() and attempt_runs(l.worker_id, l.run_id, l.task_no, l.map_index, l.attempt);
  return found;
end $$;

create or replace function release_lock(p_name text, p_token bigint) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('pipelines.lock'), hashtext(p_name));
  delete from task_lock where name = p_name and token = p_token;
end $$;
