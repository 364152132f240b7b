-- Rates of bodies: the generic cell rate algorithm, one row a name and key. Each call is a statement of its own and locks that row alone.
-- A call is let through at a moment of its own, in the order of the calls: at once, or soon, for which it waits; one whose moment is further off than p_ahead takes none and
-- asks again, so that callers who give up leave no more than that unused. Of moments let through any w seconds hold at most p_burst + w x p_starts / p_per.
create or replace function take_rate(
  p_name text, p_key text, p_starts int, p_per double precision, p_burst int, p_ahead double precision, out o_at timestamptz, out o_wait double precision)
language plpgsql as $$
declare v_cost interval := make_interval(secs => p_per / p_starts); v_now timestamptz; v_tat timestamptz;
begin
  insert into task_rate(name, key, tat) values (p_name, p_key, '-infinity') on conflict do nothing;
  if found then                                                         -- a new one: two old ones go
    delete from task_rate r using (select name, key from task_rate where tat < clock_timestamp() - interval '1 hour' and tat > '-infinity' limit 2 for update skip locked) old
    where r.name = old.name and r.key = old.key;
  end if;
  select tat into v_tat from task_rate where name = p_name and key = p_key for no key update;
  v_now := clock_timestamp();                                           -- after the lock
  v_tat := greatest(coalesce(v_tat, '-infinity'), v_now);
  o_at := greatest(v_now, v_tat - v_cost * (p_burst - 1));
  o_wait := extract(epoch from o_at - v_now);
  if o_wait > p_ahead then
    o_at := null;
    return;
  end if;
  update task_rate set tat = greatest(v_tat, o_at) + v_cost where name = p_name and key = p_key;
end $$;
