-- What was under way when a release was left: run by dump.sh with that release's schema and functions. :version is its last migration.
-- It speaks as the programs of then did: a worker 'old' took, reported and died.
select register_worker('old', '{default}', 10, 0.001) worker \gset
insert into bundle(hash, folder, assembly, content) values ('b', 'f', 'a', '');
select :version = 1 as is1, :version >= 2 as since2, :version >= 3 as since3, :version >= 5 as since5 \gset
\if :is1
  \set over '"mapped":true'
  \set plain '"mapped":false,'
\else
  \set over '"over":"load"'
  \set plain ''
\endif
select format('{"id":"golden","type":"Golden.Dag","timeZone":"UTC","catchup":"Latest","maxActiveRuns":16,"tasks":[
  {"id":"load",%1$s"inputs":[],"upstreams":[],"triggerRule":"AllSuccess","retry":{"retries":3,"delay":"00:01:00"},"pool":"warehouse","priority":5,"queue":"default"},
  {"id":"each","inputs":["load"],"upstreams":[{"task":"load"}],%2$s,"triggerRule":"AllSuccess","retry":{"retries":1,"delay":"00:01:00"},"priority":0,"queue":"default"},
  {"id":"total",%1$s"inputs":[],"upstreams":[{"task":"each"}],"triggerRule":"AllSuccess","retry":{"retries":0,"delay":"00:01:00"},"priority":0,"queue":"default"},
  {"id":"report",%1$s"inputs":[],"upstreams":[{"task":"total"},{"task":"load"}],"triggerRule":"AllDone","retry":{"retries":0,"delay":"00:01:00"},"priority":0,"queue":"default"}]}', :'plain', :'over') spec \gset
select dag_no golden, version_id as golden_version from register_version('here', 'b', 'golden', :'spec') \gset

-- load waits for a retry in run 1 and is done in run 2, where each runs for one of two elements; it runs in runs 3 and 4.
select make_runs(:golden, :golden_version, 'm', array_fill(now(), array[4]), array_fill(null::timestamptz, array[4]), array_fill(null::timestamptz, array[4]), null, null, 0::smallint, 'ann', null);
select start_runs(10);
select count(*) from advance(:worker, '{default}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 3);
select count(*) from advance(:worker, '{default}', '{1,2}', '{0,0}', '{-1,-1}', '{1,1}', '{y,s}', '{null,"[7,8]"}', '{3600,0}', '{"the table is locked",null}', '{null,null}', 2);

-- A backfill, all of its runs (5 to 7) made, the first begun; and run 8, which has not begun.
insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, cursor_at, paced, total, created_by)
values (:golden, '2026-01-01', '2026-01-03', 'missing', false, 1, 'r', '2026-01-03', true, 3, 'ann') returning backfill_id \gset
select make_runs(:golden, :golden_version, 'b', array['2026-01-01', '2026-01-02', '2026-01-03']::timestamptz[], array['2026-01-01', '2026-01-02', '2026-01-03']::timestamptz[],
  array['2026-01-02', '2026-01-03', '2026-01-04']::timestamptz[], null, :backfill_id, 0::smallint, 'ann', null);
select start_runs(10);
select make_runs(:golden, :golden_version, 'm', array[now()], array[null::timestamptz], array[null::timestamptz], null, null, 0::smallint, 'ann', null);
update dag set paused = true where dag_no = :golden;                    -- that it does not begin now

\if :since2
-- Runs of which each waits for the one before, with a teardown.
select dag_no past, version_id as past_version from register_version('here', 'b', 'past', '{"id":"past","type":"Golden.Past","timeZone":"UTC","catchup":"Latest","maxActiveRuns":16,"tasks":[
  {"id":"book","inputs":[],"upstreams":[],"dependsOnPast":true,"triggerRule":"AllSuccess","retry":{"retries":0,"delay":"00:01:00"},"priority":0,"queue":"default"},
  {"id":"close","role":"Teardown","inputs":[],"upstreams":[{"task":"book"}],"triggerRule":"AllDone","retry":{"retries":0,"delay":"00:01:00"},"priority":0,"queue":"default"}]}') \gset
select make_runs(:past, :past_version, 'b', array['2026-02-01', '2026-02-02', '2026-02-03']::timestamptz[], array_fill(null::timestamptz, array[3]), array_fill(null::timestamptz, array[3]), null, null, 0::smallint, 'ann', null);
select start_runs(10);
select open_gates(10);
\endif

\if :since3
-- Without a slot: one waits for a time, one for the run that it has started, one that looks has looked once.
select dag_no waits, version_id as waits_version from register_version('here', 'b', 'waits', '{"id":"waits","type":"Golden.Waits","timeZone":"UTC","catchup":"Latest","maxActiveRuns":16,"tasks":[
  {"id":"pause","inputs":[],"upstreams":[],"wait":{"kind":"Delay","offset":"7.00:00:00"},"triggerRule":"AllSuccess","retry":{"retries":0,"delay":"00:01:00"},"priority":0,"queue":"~wait"},
  {"id":"run_past","inputs":[],"upstreams":[],"wait":{"kind":"Run","dag":"past"},"triggerRule":"AllSuccess","retry":{"retries":0,"delay":"00:01:00"},"priority":0,"queue":"~wait"},
  {"id":"look","inputs":[],"upstreams":[],"poll":{"every":"01:00:00","timeout":"7.00:00:00"},"triggerRule":"AllSuccess","retry":{"retries":0,"delay":"00:01:00"},"priority":9,"queue":"default"},
  {"id":"done","inputs":[],"upstreams":[{"task":"pause"},{"task":"run_past"},{"task":"look"}],"triggerRule":"AllSuccess","retry":{"retries":0,"delay":"00:01:00"},"priority":0,"queue":"default"}]}') \gset
select (make_runs(:waits, :waits_version, 'm', array[now()], array[null::timestamptz], array[null::timestamptz], null, null, 0::smallint, 'ann', null))[1] waiting \gset
select start_runs(10);
select begin_waits(jsonb_build_array(
  jsonb_build_object('run', :waiting, 'task', 0, 'map', -1, 'due', now() + interval '7 days'),
  jsonb_build_object('run', :waiting, 'task', 1, 'map', -1, 'dag', 'past', 'starts', true)));
select run_id looking, attempt looks from advance(:worker, '{default}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 1) \gset
select count(*) from advance(:worker, '{default}', array[:looking]::bigint[], '{2}', '{-1}', array[:looks]::smallint[], '{w}', '{null}', '{3600}', '{"not yet"}', '{null}', 0);
\endif

\if :since5
-- What the dead worker's attempt in run 3 had done.
insert into task_step(run_id, task_no, map_index, kind, name, since, attempt, state, tries, started_at, finished_at, output)
select run_id, task_no, map_index, 's', 'download', first_started_at, attempt, 's', 1, now(), now(), '{"rows": 7}' from task_instance where run_id = 3 and task_no = 0;
\endif
update dag set paused = false where dag_no = :golden;
