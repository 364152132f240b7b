-- Fails what has stood in its queue, or in the line of a limit, for longer than its queue timeout. Tasks with one have lanes of their own, each looked at every hundredth of
-- its time, once a second at most: where nobody has one, nothing is read. Whoever takes a row out of the queue has the instance: a claim in flight holds its row, and once it is gone its task runs.
create or replace function expire_queued(p_limit int) returns int language plpgsql as $$
declare
  v_now timestamptz := clock_timestamp(); v_lanes smallint[]; v_runs bigint[]; v_full boolean;
  e_run bigint[]; e_task int[]; e_map int[];
begin
  -- One that is locked is looked at by another scheduler just now.
  v_lanes := array(
    select l.lane_id from lane l
    where l.queue_timeout is not null and (l.looked_at is null or l.looked_at <= v_now - make_interval(secs => least(60, greatest(1, l.queue_timeout / 100))))
    order by l.lane_id for update skip locked);
  if cardinality(v_lanes) = 0 then return 0; end if;
  select array_agg(run_id) into v_runs from (
    select x.run_id
    from lane l
      cross join lateral (
        select q.run_id, q.task_no, q.map_index from ready_queue q where q.lane_id = l.lane_id
        union all
        select w.run_id, w.task_no, w.map_index from limit_wait w where w.lane_id = l.lane_id) x
      join task_instance t on t.run_id = x.run_id and t.task_no = x.task_no and t.map_index = x.map_index and t.state = 'q'
    where l.lane_id = any(v_lanes) and t.queued_at <= v_now - make_interval(secs => l.queue_timeout) limit p_limit) y;
  v_full := coalesce(cardinality(v_runs), 0) = p_limit;
  if not v_full then                                                    -- else there may be more: the next pass looks again
    update lane set looked_at = v_now where lane_id = any(v_lanes);
  end if;
  if v_runs is null then return 0; end if;

  perform 1 from dag_run where run_id = any(v_runs) order by run_id for no key update;
  v_now := clock_timestamp();
  with late as materialized (
    select t.run_id, t.task_no, t.map_index, t.priority, l.lane_id, l.goes_to, l.queue, l.pool_id, l.weight, l.queue_timeout
    from task_instance t join lane l on l.lane_id = t.lane_id
    where t.run_id = any(v_runs) and t.state = 'q' and l.queue_timeout is not null and t.queued_at <= v_now - make_interval(secs => l.queue_timeout)),
  gone as (
    delete from ready_queue q using late t
    where q.lane_id in (t.lane_id, t.goes_to) and q.rank = -t.priority and q.run_id = t.run_id and q.task_no = t.task_no and q.map_index = t.map_index
    returning q.run_id, q.task_no, q.map_index, null::bigint bucket_id),
  unlined as (
    delete from limit_wait w using late t where w.run_id = t.run_id and w.task_no = t.task_no and w.map_index = t.map_index
    returning w.run_id, w.task_no, w.map_index, w.bucket_id),
  failed as (
    update task_instance t set state = 'f', finished_at = v_now
    from (select * from gone union all select * from unlined) g join late using (run_id, task_no, map_index)
    where t.run_id = g.run_id and t.task_no = g.task_no and t.map_index = g.map_index and t.state = 'q'
    returning t.run_id, t.task_no, t.map_index, t.attempt, g.bucket_id, late.queue, late.pool_id, late.weight, late.queue_timeout),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, actor, why)
    select v_now, f.run_id, f.task_no, f.map_index, f.attempt, 'q', 'f', 'scheduler',
      format('no worker has taken it within its queue timeout of %s: it waited for ', make_interval(secs => f.queue_timeout)) || case
        when f.bucket_id is not null then format('the limit %s%s', l.name, ', ' || nullif(b.key, ''))
        when p.used + f.weight > p.slots then format('the pool %s, %s of whose %s slots are taken', p.name, p.used, p.slots)
        when not exists (select 1 from worker w where w.stopped_at is null and not w.reclaimed and w.lease_until > v_now and f.queue = any(w.queues))
          then format('the queue %s, which no worker serves', f.queue)
        else format('the queue %s, whose workers are busy', f.queue) end
    from failed f
      left join pool p on p.pool_id = f.pool_id
      left join limit_bucket b on b.bucket_id = f.bucket_id
      left join task_limit l on l.limit_no = b.limit_no)
  select array_agg(run_id), array_agg(task_no), array_agg(map_index) into e_run, e_task, e_map from failed;
  if e_run is null then return 0; end if;
  perform release(e_run, e_task, e_map);
  perform settle(e_run, e_task, e_map, array_fill('f'::"char", array[cardinality(e_run)]), v_now, null, 0, null);
  perform pg_notify('pipelines_worker', '');
  return cardinality(e_run);
end $$;
