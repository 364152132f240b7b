-- Versions of DAGs. Their open runs are found through the indexes of what is active and queued, never through history.

-- name: list
-- All of a DAG, or one.
with open_runs as (
  select coalesce(b.base_id, b.version_id) version_id, count(*)::int n
  from (
    select r.version_id from dag d join dag_run r on r.dag_no = d.dag_no and r.state = 'r' where d.dag_id = $1
    union all
    select r.version_id from dag d join dag_run r on r.dag_no = d.dag_no and r.state = 'q' where d.dag_id = $1) x
    join dag_version b on b.version_id = x.version_id
  group by coalesce(b.base_id, b.version_id))
select v.version_id, v.hash, b.folder, b.assembly, v.bundle_hash, v.n_tasks, v.created_at, coalesce(v.version_id = d.version_id, false), coalesce(o.n, 0)
from dag d
  join dag_version v on v.dag_no = d.dag_no
  join bundle b on b.hash = v.bundle_hash
  left join open_runs o on o.version_id = v.version_id
where d.dag_id = $1 and v.base_id is null and ($2::int is null or v.version_id = $2)
order by v.version_id desc limit $3

-- name: before
select max(p.version_id) from dag_version v join dag_version p on p.dag_no = v.dag_no and p.version_id < v.version_id and p.base_id is null where v.version_id = $1
