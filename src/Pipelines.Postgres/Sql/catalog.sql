-- What is loaded.

-- name: save_bundle
insert into bundle(hash, folder, assembly, content) values ($1, $2, $3, $4) on conflict (hash) do nothing

-- name: load_bundle
select content from bundle where hash = $1

-- name: load_version
select v.version_id, d.dag_id, v.spec::text, v.bundle_hash, b.assembly
from dag_version v join dag d on d.dag_no = v.dag_no join bundle b on b.hash = v.bundle_hash
where v.version_id = $1

-- name: register
select dag_no, version_id, is_new from register_version($1, $2, $3, $4, $5)

-- name: plan
select plan_schedule($1, $2, $3, $4, $5, $6, $7)

-- name: clear_errors
delete from import_error where source = $1

-- name: report_error
insert into import_error(source, dag_id, file, what, fix) values ($1, $2, $3, $4, $5)
on conflict (source, dag_id) do update set file = excluded.file, what = excluded.what, fix = excluded.fix, at = now()

-- name: retire
with retired as (
  update dag set retired_at = clock_timestamp() where source = $1 and retired_at is null and dag_id <> all($2) returning dag_no, dag_id),
told as (
  insert into event(at, dag_no, actor, why) select clock_timestamp(), dag_no, 'importer', 'retired: it is no longer in its folder' from retired)
select dag_id from retired

-- name: sources
select source from dag where starts_with(source, $1) and retired_at is null union select source from import_error where starts_with(source, $1)
