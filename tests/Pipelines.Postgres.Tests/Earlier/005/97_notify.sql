-- Reactions. What has to be told is decided where a state changes, whoever changes it: by triggers on the two columns of state, so that a
-- change by hand, by a lost worker or by a rule to come is told like any other, in the same transaction. Rows bear a flag (notify)
-- that is false where nobody is told; then the triggers' conditions are all that is looked at.

-- A run: deadlines begin when it is made, queued again or started, and end with it.
create or replace function run_changed() returns trigger language plpgsql as $$
declare v_now timestamptz := clock_timestamp(); v_anew boolean := true;
begin
  if new.state in ('s', 'f', 'c') then
    delete from deadline where run_id = new.run_id;
    perform tell(new.version_id, new.dag_no, new.run_id, null, null, new.state, v_now);
    return null;
  end if;
  if tg_op = 'UPDATE' then v_anew := old.state <> 'q'; end if;          -- run again, or cleared
  insert into deadline(run_id, task_no, channel, due_at)
  select new.run_id, d.task_no, d.channel, d.due_at
  from (select r.*, case r.since when 's' then new.scheduled_for else v_now end + make_interval(secs => r.after) due_at
        from deadline_rule r where r.version_id = new.version_id) d
  where case d.since when 's' then v_anew and (d.due_at > v_now or new.kind = 's' and tg_op = 'INSERT')   -- a past day is late by its nature
                     when 'q' then v_anew else new.state = 'r' end
  on conflict do nothing;
  return null;
end $$;

-- A task. Of a mapped one only the task as a whole bears the flag: ten thousand elements are not ten thousand letters.
create or replace function task_changed() returns trigger language plpgsql as $$
declare r record;
begin
  if new.state not in ('y', 'q') then
    delete from deadline where run_id = new.run_id and task_no = new.task_no;
  end if;
  select version_id, dag_no, preset into r from dag_run where run_id = new.run_id;
  if new.state not in ('k', 'u') and not r.preset then                  -- preset: taken over from another run, and told there
    perform tell(r.version_id, r.dag_no, new.run_id, new.task_no, new.attempt, case new.state when 'q' then 'y' else new.state end, clock_timestamp());
  end if;
  return null;
end $$;

create or replace function tell(p_version int, p_dag int, p_run bigint, p_task int, p_attempt smallint, p_what "char", p_now timestamptz)
returns void language plpgsql as $$
begin
  insert into notification(channel, what, dag_no, run_id, task_no, attempt, at, due_at)
  select channel, p_what, p_dag, p_run, p_task, p_attempt, p_now, p_now
  from notify_rule where version_id = p_version and task_no = coalesce(p_task, -1) and p_what = any(whats) order by channel;
  if found then perform pg_notify('pipelines_notification', ''); end if;
end $$;

create or replace trigger run_made after insert on dag_run for each row when (new.notify) execute function run_changed();
create or replace trigger run_changed after update on dag_run for each row when (new.notify and new.state <> old.state) execute function run_changed();
-- Back to the queue counts as a retry where the attempt was lost with its worker.
create or replace trigger task_changed after update on task_instance for each row
  when (new.notify and new.state <> old.state and (new.state in ('s', 'f', 'k', 'u', 'c', 'y') or new.state = 'q' and new.lost > old.lost))
  execute function task_changed();

-- Tells of runs and tasks that have not ended by their deadline, once. The run's lock keeps it from ending meanwhile.
create or replace function fire_deadlines(p_limit int) returns int language plpgsql as $$
declare v_now timestamptz := clock_timestamp(); v_runs bigint[]; n int;
begin
  v_runs := array(select distinct run_id from (select run_id from deadline where due_at <= v_now order by due_at limit p_limit) x order by run_id);
  if cardinality(v_runs) = 0 then return 0; end if;
  perform 1 from dag_run where run_id = any(v_runs) order by run_id for no key update;
  with due as (delete from deadline where run_id = any(v_runs) and due_at <= v_now returning *),
  told as (
    insert into notification(channel, what, dag_no, run_id, task_no, at, due_at)
    select d.channel, 'd', r.dag_no, d.run_id, nullif(d.task_no, -1), d.due_at, clock_timestamp()
    from due d join dag_run r on r.run_id = d.run_id order by d.due_at, d.run_id, d.task_no, d.channel returning 1)
  select count(*) into n from told;
  if n > 0 then perform pg_notify('pipelines_notification', ''); end if;
  return n;
end $$;

-- Takes notifications that are due, each for one try. One that is not recorded in time counts as lost and is due again, so what was
-- delivered by a process that died before it could say so is delivered twice, and never not at all.
create or replace function claim_notifications(p_limit int, p_lease double precision, p_sender text) returns table(notification_id bigint, try smallint)
language plpgsql rows 10 as $$
#variable_conflict use_column
declare v_now timestamptz := clock_timestamp();
begin
  update notification n set state = 'f', finished_at = v_now
  from (select notification_id from notification where state = 'w' and due_at <= v_now and tries >= most_tries for update skip locked) x
  where n.notification_id = x.notification_id;
  return query
  with due as (
    select notification_id from notification where state = 'w' and due_at <= v_now order by due_at, notification_id limit p_limit for update skip locked),
  taken as (
    update notification n set tries = n.tries + 1, due_at = v_now + make_interval(secs => p_lease) from due d
    where n.notification_id = d.notification_id returning n.notification_id, n.tries),
  told as (insert into notification_try(notification_id, try, at, sender) select notification_id, tries, v_now, p_sender from taken)
  select notification_id, tries from taken;
end $$;

-- How a try ended: p_error null delivered it, whoever else tries by now. Else it is tried again after 15 s, 30 s, 1 min and so on up to an hour, and given up
-- after the twelfth time, about four hours later.
create or replace function record_notification(p_id bigint, p_try smallint, p_error text) returns "char" language plpgsql as $$
declare v_now timestamptz; v_state "char";
begin
  perform 1 from notification where notification_id = p_id for no key update;
  v_now := clock_timestamp();
  update notification_try set ended_at = v_now, error = p_error where notification_id = p_id and try = p_try and ended_at is null;
  update notification set
    state = case when p_error is null then 's' when tries >= most_tries then 'f' else 'w' end,
    due_at = v_now + make_interval(secs => least(15 * 2 ^ (tries - 1), 3600)),
    finished_at = case when p_error is null or tries >= most_tries then v_now end
  where notification_id = p_id and state = 'w' and (p_error is null or tries = p_try)
  returning state into v_state;
  return v_state;
end $$;

-- Sends one again that was not delivered, at once and as often as at first.
create or replace function retry_notification(p_id bigint, p_by text, p_why text) returns void language plpgsql as $$
declare r notification;
begin
  select * into r from notification where notification_id = p_id for no key update;
  if not found then raise exception 'there is no notification %; `pipelines notifications list` shows them', p_id using errcode = 'PL003'; end if;
  if r.state = 's' then raise exception 'notification % was delivered already', p_id using errcode = 'PL003'; end if;
  update notification set state = 'w', most_tries = tries + 12, due_at = clock_timestamp(), finished_at = null where notification_id = p_id;
  insert into event(at, dag_no, actor, why) values (clock_timestamp(), r.dag_no, p_by, concat_ws(': ', format('notification %s to %s is sent again', p_id, r.channel), p_why));
  perform pg_notify('pipelines_notification', '');
end $$;
