-- The pages of one run. Whole tasks have map index -1, so what these read is bounded by the graph: elements are counted, never
-- listed. All go through the primary key of task_instance, or the index of a run's events, logs or neighbours.

-- name: tasks
-- As console/instances, without elements and outputs.
select i.task_no, i.map_index, t.task_id,
       case when i.state = 'x' then 'x'::"char" when r.state = 'q' then 'n'::"char" when i.state = 'w' and i.lane_id = 0 then 'r'::"char" else i.state end,
       i.attempt, i.tries, i.lost, i.unmet, i.ok, i.failed, i.skipped, i.worker_id, w.name, i.queued_at, i.started_at, i.finished_at, m.due_at,
       null::text, i.first_started_at, i.polls
from dag_run r
  join task_instance i on i.run_id = r.run_id and i.map_index = -1
  join dag_task t on t.version_id = r.version_id and t.task_no = i.task_no
  left join worker w on w.worker_id = i.worker_id
  left join timer m on m.run_id = i.run_id and m.task_no = i.task_no and m.map_index = i.map_index
where r.run_id = $1
order by i.task_no

-- name: elements
select i.task_no, case when r.state = 'q' then 'n'::"char" else i.state end, count(*)::int, min(i.first_started_at), max(i.finished_at)
from dag_run r join task_instance i on i.run_id = r.run_id and i.map_index >= 0
where r.run_id = $1 and i.state <> 'x'
group by 1, 2 order by 1, 2

-- name: moves
-- The newest, oldest first. The day of grace covers a server whose clock was set back.
select * from (
  select e.task_no, e.at, coalesce(e.attempt, 0::smallint), e.from_state, e.to_state, w.name, e.why, e.event_id
  from dag_run r
    join event e on e.run_id = r.run_id and e.map_index = -1 and e.to_state is not null and e.at >= r.created_at - interval '1 day'
    left join worker w on w.worker_id = e.worker_id
  where r.run_id = $1
  order by e.at desc, e.event_id desc limit $2) x
order by at, event_id

-- name: family
-- With how many runs its tasks have started, and how many of these are open and end with it.
select b.run_id, n.run_id, p.run_id, d.dag_id, p.state, t.task_id, k.n, k.ending
from dag_run r
  left join lateral (
    select x.run_id from dag_run x where x.dag_no = r.dag_no and (x.scheduled_for, x.run_id) < (r.scheduled_for, r.run_id)
    order by x.scheduled_for desc, x.run_id desc limit 1) b on true
  left join lateral (
    select x.run_id from dag_run x where x.dag_no = r.dag_no and (x.scheduled_for, x.run_id) > (r.scheduled_for, r.run_id)
    order by x.scheduled_for, x.run_id limit 1) n on true
  left join dag_run p on p.run_id = r.parent_run
  left join dag d on d.dag_no = p.dag_no
  left join dag_task t on t.version_id = p.version_id and t.task_no = r.parent_task
  cross join lateral (
    select count(*)::int n, (count(*) filter (where c.state in ('q', 'r') and c.parent_close = 'c'))::int ending from dag_run c where c.parent_run = r.run_id) k
where r.run_id = $1

-- name: children
select c.run_id, d.dag_id, c.state, t.task_id
from dag_run c
  join dag d on d.dag_no = c.dag_no
  join dag_run r on r.run_id = c.parent_run
  left join dag_task t on t.version_id = r.version_id and t.task_no = c.parent_task
where c.parent_run = $1 order by c.state not in ('q', 'r'), c.run_id limit 100

-- name: fingerprint
-- While it runs it also differs each time that it has become a few percent older, so that bars grow on pages that watch.
select concat_ws(' ', r.state, r.cancelling, r.remaining, r.failures, r.epoch, r.version_id,
         case when r.state = 'r' then floor(25 * ln(25 + greatest(0, extract(epoch from clock_timestamp() - r.started_at)))) end,
         (select md5(string_agg(concat_ws(' ', i.state, i.attempt, i.worker_id, i.unmet, i.finished_at), ',' order by i.task_no))
          from task_instance i where i.run_id = r.run_id and i.map_index = -1),
         (select md5(string_agg(concat_ws(' ', n.task_no, n.map_index, n.at), ',' order by n.task_no, n.map_index)) from note n where n.run_id = r.run_id),
         case when r.state = 'r' then (
           select md5(string_agg(p.at::text, ',')) from (
             select v.at from task_value v join task_instance i using (run_id, task_no, map_index)
             where v.run_id = r.run_id and v.kind = 'p' and i.state = 'r' and v.attempt = i.attempt order by v.task_no, v.map_index limit 100) p) end)
from dag_run r where r.run_id = $1

-- name: failed
select i.task_no, i.map_index
from task_instance i
where i.run_id = $1 and i.state in ('f', 'u', 'c')
  and (i.map_index >= 0 or not exists (
    select 1 from task_instance e where e.run_id = i.run_id and e.task_no = i.task_no and e.map_index >= 0 and e.state in ('f', 'u', 'c')))
order by i.task_no, i.map_index

-- name: log_counts
-- Chunk headers only: bodies are stored apart. The chunk with the first error, by how many lines stand before it.
select coalesce(sum(lines), 0)::bigint, coalesce(sum(warnings), 0)::bigint, coalesce(sum(errors), 0)::bigint, min(before) filter (where errors > 0)
from (
  select c.lines, c.warnings, c.errors, sum(c.lines) over (order by c.at, c.task_no, c.map_index, c.attempt, c.first_line) - c.lines before
  from dag_run r join log_chunk c on c.run_id = r.run_id and c.at >= r.created_at - interval '1 day'
  where r.run_id = $1) x

-- name: log_window
-- The lines of a level are numbered chunk by chunk, in the order in which the chunks came. These are the chunks that lines $3 up
-- to before $4 stand in.
select h.task_no, t.task_id, h.map_index, h.attempt, h.first_line, h.before::bigint, b.body
from (
  select x.*, sum(x.n) over (order by x.at, x.task_no, x.map_index, x.attempt, x.first_line) - x.n before
  from (
    select c.at, c.task_no, c.map_index, c.attempt, c.first_line, r.version_id,
           case $2::text when 'E' then c.errors when 'W' then c.errors + c.warnings else c.lines end n
    from dag_run r join log_chunk c on c.run_id = r.run_id and c.at >= r.created_at - interval '1 day'
    where r.run_id = $1) x
  where x.n > 0) h
  join log_chunk b on b.run_id = $1 and b.task_no = h.task_no and b.map_index = h.map_index and b.attempt = h.attempt and b.first_line = h.first_line
  join dag_task t on t.version_id = h.version_id and t.task_no = h.task_no
where h.before + h.n >= $3 and h.before + 1 < $4
order by h.before
