-- Takes up to p_want ready instances for a worker, in the order of priority, then age of the run. Pools give what they
-- have free; the caller has locked those in p_pools, and only their lanes and the unlimited ones are looked at. In lanes of DAGs with a fairness key
-- it goes by turns instead of age (51_turns.sql).
create or replace function claim(p_worker int, p_queues text[], p_pools int[], p_want int)
returns table(run_id bigint, task_no int, map_index int) language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();                               -- one instant: a first attempt starts when it first starts
  k_tid tid[]; k_place int[]; k_rank smallint[]; k_ord bigint[]; k_run bigint[]; k_task int[]; k_map int[]; k_pool int[]; k_weight smallint[]; k_rated boolean[]; k_free int[];
begin
  if (select min(lane_id) from lane) < 0 then
    select array_agg(k.tid), array_agg(k.place), array_agg(k.rank), array_agg(k.ord), array_agg(k.run_id), array_agg(k.task_no), array_agg(k.map_index), array_agg(k.pool_id), array_agg(k.weight),
           array_agg(k.rated), array_agg(k.free)
      into k_tid, k_place, k_rank, k_ord, k_run, k_task, k_map, k_pool, k_weight, k_rated, k_free from next_in_turn(p_queues, p_pools, p_want) k;
  end if;
  return query
  with candidate as materialized (
    select q.tid, 0 place, q.rank, 0::bigint ord, q.run_id, q.task_no, q.map_index, l.pool_id, l.weight, l.rated, l.free
    from (select l.lane_id, l.pool_id, l.weight, l.rated, case when l.pool_id is null then p_want else p.slots - p.used end free
          from lane l left join pool p on p.pool_id = l.pool_id
          where l.lane_id > 0 and l.queue = any(p_queues) and l.goes_to is null and (l.pool_id is null or l.pool_id = any(p_pools))) l
      cross join lateral (
        select q.ctid tid, q.* from ready_queue q where q.lane_id = l.lane_id
        order by q.rank, q.run_id, q.task_no, q.map_index limit case when l.free > 0 then least(p_want, greatest(1, l.free / l.weight)) else 0 end for update skip locked) q
    union all
    select * from unnest(k_tid, k_place, k_rank, k_ord, k_run, k_task, k_map, k_pool, k_weight, k_rated, k_free) where k_tid is not null),   -- where nobody takes turns it is not begun
  picked as (
    select tid, place <> 0 by_key, pool_id, weight, rated from (
      select c.*, sum(c.weight) over (partition by c.pool_id order by c.rank, c.place, c.ord, c.run_id, c.task_no, c.map_index) taken from candidate c) c
    where c.pool_id is null or c.taken <= c.free                        -- over all lanes of the pool; nobody passes a wide one that does not fit yet
    order by c.rank, c.place, c.ord, c.run_id, c.task_no, c.map_index limit p_want),
  gone as (
    delete from ready_queue q using picked p where q.ctid = p.tid returning q.run_id, q.task_no, q.map_index, p.pool_id, p.weight, p.rated, p.by_key),
  started as (
    update task_instance t set state = 'r', attempt = t.attempt + (t.attempt < 32767)::int, tries = t.tries + 1, worker_id = p_worker,
      started_at = v_now, first_started_at = coalesce(t.first_started_at, v_now)
    from gone g where t.run_id = g.run_id and t.task_no = g.task_no and t.map_index = g.map_index and t.state = 'q'
    returning t.run_id, t.task_no, t.map_index, t.attempt, t.polls, t.started_at, g.pool_id, g.weight, g.rated, g.by_key),
  pooled as (
    update pool p set used = p.used + n.n, by_key_next = not n.by_key
    from (select pool_id, sum(weight)::int n, bool_or(by_key) by_key from started where pool_id is not null group by pool_id) n where p.pool_id = n.pool_id),
  spent as (
    update limit_hold h set done = true, started_at = v_now from started s
    where s.rated and h.run_id = s.run_id and h.task_no = s.task_no and h.map_index = s.map_index and h.rated and not h.done),
  told as (
    insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state, worker_id)
    select started_at, run_id, task_no, map_index, attempt, 'q', 'r', p_worker from started
    where polls = 0)                                                    -- polls after the first are told when one ends the wait
  select run_id, task_no, map_index from started;
end $$;
