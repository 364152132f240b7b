-- How much waits in each queue and who serves it: what decides how many workers there should be. From what is ready, and from the runs that go on; never from the history.

-- name: stats
-- What is kept back by a full pool is not runnable: more workers would not take it. The oldest is the first in line of each lane: what stands behind a lower priority waits by intent.
with lane_of as (
  select l.queue, l.goes_to is not null held, c.n,
         case when l.goes_to is not null then 0 when p.pool_id is null then c.n else least(c.n, greatest(0, p.slots - p.used) / greatest(1, l.weight)) end runnable,
         case when c.n > 0 and l.goes_to is null then f.queued_at end oldest
  from lane l
    left join pool p on p.pool_id = l.pool_id
    cross join lateral (select count(*) n from ready_queue q where q.lane_id = l.lane_id) c
    left join lateral (
      select t.queued_at
      from (select * from ready_queue q where q.lane_id = l.lane_id order by q.rank, q.run_id, q.task_no, q.map_index limit 1) q
        join task_instance t on t.run_id = q.run_id and t.task_no = q.task_no and t.map_index = q.map_index) f on true
  where not starts_with(l.queue, '~')),
waiting as (
  select queue, coalesce(sum(n) filter (where not held), 0)::bigint depth, coalesce(sum(runnable), 0)::bigint runnable, coalesce(sum(n) filter (where held), 0)::bigint held, min(oldest) oldest
  from lane_of group by queue),
in_line as (select l.queue, count(*) n from limit_wait w join lane l on l.lane_id = w.lane_id group by l.queue),
running as (
  select l.queue, count(*) n
  from dag_run r cross join lateral (select t.lane_id from task_instance t where t.run_id = r.run_id and t.state = 'r' offset 0) t join lane l on l.lane_id = t.lane_id
  where r.state = 'r' group by l.queue),
serving as (
  select q.queue, count(*)::int workers, sum(w.slots)::int slots
  from worker w cross join lateral unnest(w.queues) q(queue)
  where w.stopped_at is null and w.lease_until > clock_timestamp() and not w.draining group by q.queue)
select coalesce(x.queue, s.queue), coalesce(x.depth, 0), coalesce(x.runnable, 0), coalesce(x.held, 0) + coalesce(i.n, 0), greatest(0, coalesce(extract(epoch from clock_timestamp() - x.oldest), 0))::float8,
       coalesce(r.n, 0), coalesce(s.workers, 0), coalesce(s.slots, 0)
from waiting x full join serving s on s.queue = x.queue left join in_line i on i.queue = x.queue left join running r on r.queue = x.queue
order by 1

-- name: versions
-- The same of one queue by the version of the DAG: an old one may need workers of its own.
select d.dag_id, v.hash, sum(x.depth)::bigint, sum(x.running)::bigint
from (
  select r.dag_no, r.version_id, 1 depth, 0 running
  from lane l join ready_queue q on q.lane_id = l.lane_id join dag_run r on r.run_id = q.run_id where l.queue = $1 and l.goes_to is null
  union all
  select r.dag_no, r.version_id, 0, 1
  from dag_run r cross join lateral (select t.lane_id from task_instance t where t.run_id = r.run_id and t.state = 'r' offset 0) t join lane l on l.lane_id = t.lane_id and l.queue = $1
  where r.state = 'r') x
  join dag d on d.dag_no = x.dag_no join dag_version v on v.version_id = x.version_id
group by d.dag_id, v.version_id, v.hash order by d.dag_id, v.version_id
