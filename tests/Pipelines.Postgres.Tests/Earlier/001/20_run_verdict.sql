-- How a run with failures has ended. A failure is handled when a task with a failure-tolerant rule (all_done, one_failed,
-- all_failed) ran and succeeded below it, directly or through tasks that the failure kept from running. A run fails when a
-- failure was not handled. Only asked when the last instance of a run with failures ends.
create or replace function run_verdict(p_run bigint) returns "char" language plpgsql as $$
declare v_version int; v_unhandled boolean;
begin
  select version_id into v_version from dag_run where run_id = p_run;
  with recursive reach(origin, no) as (
    select task_no, task_no from task_instance where run_id = p_run and map_index = -1 and state = 'f'
    union
    select r.origin, e.down_no
    from reach r
      join dag_edge e on e.version_id = v_version and e.up_no = r.no
      join task_instance t on t.run_id = p_run and t.task_no = r.no and t.map_index = -1 and t.state in ('f', 'u')),
  handled as (
    select distinct r.origin
    from reach r join task_instance t on t.run_id = p_run and t.task_no = r.no and t.map_index = -1
    where r.no <> r.origin and t.state = 's' and t.trigger_rule in (1, 5, 6))
  select exists (select 1 from reach r where r.no = r.origin and not exists (select 1 from handled h where h.origin = r.origin))
    into v_unhandled;
  return case when v_unhandled then 'f' else 's' end;
end $$;
