-- name: head
-- Headers only: bodies over 2 kB are stored apart, and their length stands in the row.
select coalesce(max(first_line + lines - 1), 0)::int, coalesce(sum(warnings), 0)::int, coalesce(sum(errors), 0)::int,
       coalesce(sum(octet_length(body)), 0)::bigint
from log_chunk
where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4

-- name: window
-- From the chunk that holds the first line wanted to the one before the line after the last.
select first_line, lines, body, first_line - 1 from log_chunk
where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4
  and first_line >= coalesce((
    select max(c.first_line) from log_chunk c
    where c.run_id = $1 and c.task_no = $2 and c.map_index = $3 and c.attempt = $4 and c.first_line <= $5), 0)
  and first_line < $6
order by first_line

-- name: window_of_level
-- The same of failures ($5 = 2), or of warnings and failures ($5 = 1): $6 and $7 count only those, from 0.
select first_line, lines, body, before from (
  select first_line, lines, body, n, (sum(n) over (order by first_line) - n)::int before from (
    select first_line, lines, body, errors + case when $5 = 1 then warnings else 0 end n from log_chunk
    where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4) c
  where n > 0) w
where before < $7 and before + n > $6
order by first_line

-- name: before
select coalesce(sum(errors + case when $5 = 1 then warnings else 0 end), 0)::int from log_chunk
where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4 and first_line + lines <= $6

-- name: forward
-- From the chunk that holds a line on; of a line past the end there is none.
select first_line, lines, body, 0 from log_chunk
where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4
  and first_line >= coalesce((
    select max(c.first_line) from log_chunk c
    where c.run_id = $1 and c.task_no = $2 and c.map_index = $3 and c.attempt = $4 and c.first_line <= $6), 0)
  and first_line + lines > $6
  and ($5 = 0 or errors > 0 or ($5 = 1 and warnings > 0))
order by first_line limit $7

-- name: backward
select first_line, lines, body, 0 from log_chunk
where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4 and first_line <= $6
  and ($5 = 0 or errors > 0 or ($5 = 1 and warnings > 0))
order by first_line desc limit $7

-- name: marks
-- Where the middle of a chunk lies, of $6 parts of $5 lines.
select least($6 - 1, (first_line + lines / 2)::bigint * $6 / greatest($5, 1))::int, sum(warnings)::int, sum(errors)::int from log_chunk
where run_id = $1 and task_no = $2 and map_index = $3 and attempt = $4 and (warnings > 0 or errors > 0)
group by 1 order by 1
