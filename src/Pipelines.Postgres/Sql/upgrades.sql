-- Open runs that go over to another version of their DAG; the functions are in Sql/Engine.

-- name: adopting
select adopting($1)

-- name: adopt
select adopt_run($1)

-- name: upgrade
select upgrade_run($1, $2, $3, $4)::text

-- name: open_runs
-- Of a run alone, or the open runs of a DAG that are on another version than the one asked for; no version: the DAG's current one.
select r.run_id, coalesce($3::int, d.version_id), coalesce(v.base_id, v.version_id)
from dag d
  join dag_run r on r.dag_no = d.dag_no and r.state in ('q', 'r')
  join dag_version v on v.version_id = r.version_id
where d.dag_id = $2 and $1::bigint is null and coalesce(v.base_id, v.version_id) <> coalesce($3::int, d.version_id)
union all
select r.run_id, coalesce($3::int, d.version_id), coalesce(v.base_id, v.version_id)
from dag_run r join dag d on d.dag_no = r.dag_no join dag_version v on v.version_id = r.version_id
where r.run_id = $1
order by 1 limit $4
