-- Open runs follow a new version of their DAG where its policy says so (dag_version.policy). A version that becomes current makes its DAG due (dag.adopt_at); it stays
-- so until no run is left that may follow. Each run moves in a transaction of its own, so a scheduler that dies leaves the others where they are, to be found again.

-- Whether an open run is one that a version of this policy is for: all (a), those that have begun nothing (n), none (p).
create or replace function may_follow(p_run bigint, p_state "char", p_policy "char") returns boolean language sql stable as $$
  select p_policy = 'a' or p_policy = 'n' and (p_state = 'q' or not exists (
    select 1 from task_instance t where t.run_id = p_run and (t.attempt > 0 or t.first_started_at is not null))) $$;

-- Runs that are to follow the current version of their DAG, and were not refused in the last minute. Of two schedulers one looks at a DAG.
create or replace function adopting(p_limit int) returns bigint[] language plpgsql as $$
declare d record; v_runs bigint[] := '{}'; v_found bigint[];
begin
  for d in
    select g.dag_no, g.version_id, v.policy from dag g join dag_version v on v.version_id = g.version_id
    where g.adopt_at <= clock_timestamp() order by g.dag_no for no key update of g skip locked
  loop
    exit when cardinality(v_runs) >= p_limit;
    v_found := array(
      select r.run_id
      from (select run_id, version_id, state from dag_run where dag_no = d.dag_no and state = 'r'
            union all
            select run_id, version_id, state from dag_run where dag_no = d.dag_no and state = 'q') r
        join dag_version v on v.version_id = r.version_id and coalesce(v.base_id, v.version_id) <> d.version_id
      where may_follow(r.run_id, r.state, d.policy)
        and not exists (
          select 1 from upgrade_refusal u where u.run_id = r.run_id and u.version_id = d.version_id and u.at > clock_timestamp() - interval '1 minute')
      order by r.run_id limit p_limit - cardinality(v_runs));
    v_runs := v_runs || v_found;
    continue when cardinality(v_found) > 0;
    delete from upgrade_refusal u using dag_run r where r.run_id = u.run_id and r.dag_no = d.dag_no and r.state not in ('q', 'r');
    update dag set adopt_at = (
      select min(u.at) + interval '1 minute' from upgrade_refusal u join dag_run r on r.run_id = u.run_id where r.dag_no = d.dag_no and u.version_id = d.version_id)
    where dag_no = d.dag_no;
  end loop;
  return v_runs;
end $$;

-- Lets a run follow, or notes why it cannot; that is told once, and tried again after a minute: what keeps it may end. Since it was found another version may have become current, and
-- the run may have begun: that is looked at again, behind the locks.
create or replace function adopt_run(p_run bigint) returns boolean language plpgsql as $$
declare v_dag int; v_version int; v_policy "char"; v_state "char"; v_why text;
begin
  perform 1 from dag where dag_no = (select dag_no from dag_run where run_id = p_run) for no key update;
  select state into v_state from dag_run where run_id = p_run for no key update;
  perform lock_queue(p_run);
  select d.dag_no, d.version_id, v.policy into v_dag, v_version, v_policy from dag_run r join dag d on d.dag_no = r.dag_no join dag_version v on v.version_id = d.version_id where r.run_id = p_run;
  if not may_follow(p_run, v_state, v_policy) then return false; end if;
  begin
    perform upgrade_run(p_run, v_version, 'scheduler', 'open runs follow the current one');
    return true;
  exception when sqlstate 'PL003' then
    get stacked diagnostics v_why = message_text;
  end;
  if v_dag is not null then
    if not exists (select 1 from upgrade_refusal where run_id = p_run and version_id = v_version and why = v_why) then
      insert into event(at, dag_no, run_id, actor, why) values (clock_timestamp(), v_dag, p_run, 'scheduler', format('not moved to version %s: %s', v_version, v_why));
    end if;
    insert into upgrade_refusal(run_id, version_id, why, at) values (p_run, v_version, v_why, clock_timestamp())
    on conflict (run_id) do update set version_id = excluded.version_id, why = excluded.why, at = excluded.at;
  end if;
  return false;
end $$;
