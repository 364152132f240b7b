-- How a thing that people act on is now: what the audit keeps of before and after.
create or replace function audit_look(p_kind text, p_target text) returns jsonb language sql stable as $$
select case p_kind
  when 'dag' then (select jsonb_build_object('paused', d.paused) from dag d where d.dag_id = p_target)
  when 'run' then (
    select jsonb_build_object('state', r.state, 'cancelling', r.cancelling, 'failures', r.failures, 'version', r.version_id,
      'notes', (select jsonb_agg(n.text order by n.task_no, n.map_index) from note n where n.run_id = r.run_id),
      'tasks', (select jsonb_object_agg(s.state, s.n) from (select t.state::text state, count(*) n from task_instance t where t.run_id = r.run_id group by 1) s))
    from dag_run r where r.run_id = p_target::bigint)
  when 'backfill' then (select jsonb_build_object('state', b.state, 'maxActive', b.max_active) from backfill b where b.backfill_id = p_target::bigint)
  when 'worker' then (select jsonb_build_object('draining', bool_or(w.draining)) from worker w where w.stopped_at is null and (w.name = p_target or w.worker_id::text = p_target))
  when 'pool' then (select jsonb_build_object('slots', p.slots) from pool p where p.name = p_target)
  when 'notification' then (select jsonb_build_object('state', n.state, 'tries', n.tries) from notification n where n.notification_id = p_target::bigint)
  when 'asset' then (select jsonb_build_object('update', max(u.update_id)) from asset a join asset_update u on u.asset_no = a.asset_no where a.name = p_target)
  when 'connection' then (select jsonb_build_object('set', true, 'at', s.changed_at) from setting s where s.kind = 'connection' and s.name = p_target)
  when 'variable' then (
    select jsonb_build_object('value', case when s.secret then 'secret' else s.value end, 'at', s.changed_at) from setting s where s.kind = 'variable' and s.name = p_target)
  when 'account' then (
    select jsonb_build_object('role', a.role, 'onlyDags', a.only_dags, 'onlyTags', a.only_tags, 'closed', a.closed_at is not null) from account a where a.name = p_target)
end
$$;
