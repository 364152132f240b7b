-- The first schema. States are the one-character codes of the design: n scheduled, q queued, r running, y retry wait,
-- w waiting, s succeeded, f failed, k skipped, u upstream failed, c cancelled, x removed; runs use q r s f c.
-- Times are the database's. No foreign keys on hot tables: their checks would lock run rows that the engine orders itself.

-- What is loaded ------------------------------------------------------------------------------------------------------

-- A dropped folder, zipped, named by its content, so that any worker can fetch the assembly a run is pinned to.
create table bundle(
  hash text primary key, folder text not null, assembly text not null, content bytea not null,
  created_at timestamptz not null default now());
alter table bundle alter column content set storage external;          -- a zip does not compress again

create table dag(
  dag_no int generated always as identity primary key,
  dag_id text not null unique,
  version_id int,                                                       -- the version that new runs get
  source text not null,                                                 -- host and folder it was loaded from
  paused boolean not null default false,
  retired_at timestamptz,                                               -- its folder is gone; history stays
  schedule text,                                                        -- cron, zone, start and end that next_due was computed from
  last_tick timestamptz,                                                -- the last tick that was handled
  next_due timestamptz,                                                 -- the next one; null: none to come
  created_at timestamptz not null default now());
create index dag_due on dag(next_due) where next_due is not null and not paused and retired_at is null;

create table dag_version(
  version_id int generated always as identity primary key, dag_no int not null references dag, hash text not null,
  bundle_hash text not null references bundle, spec jsonb not null, n_tasks int not null, max_active_runs int not null,
  pools int[] not null,                                                 -- pools its tasks use: what advance has to lock
  created_at timestamptz not null default now(), unique(dag_no, hash));

create table pool(
  pool_id int generated always as identity primary key, name text not null unique,
  slots int not null check (slots >= 0), used int not null default 0) with (fillfactor = 20);

-- A lane is a queue with a pool or none: what a ready task waits in. Lanes without a pool are unlimited and never locked.
create table lane(
  lane_id smallint generated always as identity primary key, queue text not null, pool_id int references pool,
  unique nulls not distinct (queue, pool_id));

create table dag_task(
  version_id int not null, task_no int not null, task_id text not null, mapped boolean not null, over_no int, max_parallel int,
  trigger_rule smallint not null, lane_id smallint not null, priority smallint not null,
  n_up int not null,                                                    -- direct upstream tasks; a mapped one counts once
  primary key(version_id, task_no));
create table dag_edge(
  version_id int not null, up_no int not null, down_no int not null, when_value jsonb,
  primary key(version_id, up_no, down_no));

create table import_error(
  source text not null, dag_id text not null default '', file text not null, what text not null, fix text not null,
  at timestamptz not null default now(), primary key(source, dag_id));

-- Runs ----------------------------------------------------------------------------------------------------------------

create table backfill(
  backfill_id bigint generated always as identity primary key, dag_no int not null references dag,
  from_date date not null, to_date date not null, existing text not null check (existing in ('missing', 'failed', 'all')),
  newest_first boolean not null, max_active int not null check (max_active > 0),
  state "char" not null check (state in ('r', 'p', 's', 'f', 'c')),     -- running, paused, succeeded, failed, cancelled
  cursor_at timestamptz,                                                -- the last tick whose run was made
  paced boolean not null default false,                                 -- every run of the range is made
  total int not null, created_by text not null, created_at timestamptz not null default now(), finished_at timestamptz);
create index backfill_open on backfill(dag_no) where state in ('r', 'p');

create table dag_run(
  run_id bigint generated always as identity primary key, dag_no int not null, version_id int not null,
  kind "char" not null check (kind in ('s', 'm', 'b')),                 -- scheduled, manual, backfill
  state "char" not null check (state in ('q', 'r', 's', 'f', 'c')),
  cancelling boolean not null default false,                            -- what runs has been told to stop
  scheduled_for timestamptz not null, interval_start timestamptz, interval_end timestamptz,
  arguments jsonb, backfill_id bigint, priority smallint not null default 0,
  epoch int not null default 0,                                         -- how often it was run again: outputs cached under an older one are stale
  remaining int not null default 0,                                     -- instances that have not ended
  failures int not null default 0,
  created_by text not null, created_at timestamptz not null default now(), started_at timestamptz, finished_at timestamptz,
  check ((finished_at is not null) = (state in ('s', 'f', 'c')))) with (fillfactor = 50);
create unique index dag_run_tick on dag_run(dag_no, scheduled_for) where kind in ('s', 'b');   -- one run a tick, whoever makes it
create index dag_run_grid on dag_run(dag_no, scheduled_for desc, run_id desc);
create index dag_run_queued on dag_run(dag_no, coalesce(backfill_id, 0), run_id) where state = 'q';
create index dag_run_active on dag_run(dag_no, coalesce(backfill_id, 0)) where state = 'r';
create index dag_run_backfill on dag_run(backfill_id, state) where backfill_id is not null;

create table task_instance(
  run_id bigint not null, task_no int not null,
  map_index int not null default -1,                                    -- -1: not mapped, or the mapped task as a whole
  state "char" not null, trigger_rule smallint not null, lane_id smallint not null, priority smallint not null,
  attempt smallint not null default 0,                                  -- only ever grows: the fence
  tries smallint not null default 0,                                    -- attempts that count against the retries
  lost smallint not null default 0,                                     -- attempts lost with their worker
  unmet int not null, ok int not null default 0, failed int not null default 0, skipped int not null default 0, refused int not null default 0,
  worker_id int, queued_at timestamptz, first_started_at timestamptz, started_at timestamptz, finished_at timestamptz,
  output jsonb,
  primary key(run_id, task_no, map_index)                               -- the only index: one on a column that changes would end HOT updates
) with (fillfactor = 45);                                               -- room for two new versions of a row in its page

-- Only what can run now, in the order in which it is claimed: small, hot, always cached.
create table ready_queue(
  lane_id smallint not null, rank smallint not null,                    -- rank = -priority, so that one ascending key serves
  run_id bigint not null, task_no int not null, map_index int not null,
  primary key(lane_id, rank, run_id, task_no, map_index)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

create table timer(
  due_at timestamptz not null, run_id bigint not null, task_no int not null, map_index int not null,
  primary key(due_at, run_id, task_no, map_index));
create index timer_run on timer(run_id);

-- One row a process, renewed as a whole whatever number of attempts it runs.
create table worker(
  worker_id int generated always as identity primary key, name text not null, queues text[] not null, slots int not null,
  busy int not null default 0, stuck int not null default 0,
  started_at timestamptz not null default clock_timestamp(), lease_until timestamptz not null, stopped_at timestamptz,
  reclaimed boolean not null default false) with (fillfactor = 50);
create index worker_open on worker(worker_id) where stopped_at is null;

-- History: partitioned by month, dropped by month ---------------------------------------------------------------------

create sequence event_id;
create table event(
  event_id bigint not null default nextval('event_id'), at timestamptz not null,
  dag_no int, run_id bigint, task_no int, map_index int, attempt smallint, from_state "char", to_state "char",
  worker_id int, actor text, why text, detail jsonb) partition by range (at);
create index event_run on event(run_id, task_no, map_index);
create table event_default partition of event default;

create table log_chunk(
  at timestamptz not null, run_id bigint not null, task_no int not null, map_index int not null, attempt smallint not null,
  first_line int not null, lines int not null, warnings int not null, errors int not null, body bytea not null) partition by range (at);
create index log_chunk_attempt on log_chunk(run_id, task_no, map_index, attempt, first_line);
create table log_chunk_default partition of log_chunk default;

create table artefact(
  run_id bigint not null, task_no int not null, map_index int not null, name text not null, attempt smallint not null,
  content_type text not null, content bytea not null, at timestamptz not null, primary key(run_id, task_no, map_index, name));
