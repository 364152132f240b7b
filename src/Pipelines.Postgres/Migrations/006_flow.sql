-- What runs of months need: waits without a slot, exactly once, changes under way.

-- Signals --------------------------------------------------------------------------------------------------------------------

-- What a run is told from outside: kept from the moment it is acknowledged, in the order of its numbers, until one waiter takes it.
create table signal(
  signal_id bigint generated always as identity primary key, run_id bigint not null, name text not null,
  payload jsonb,
  key text,                                                             -- the sender's own name for it: told again, it is there already
  sent_by text not null, sent_at timestamptz not null,
  task_no int, map_index int, taken_at timestamptz,                     -- who took it
  traceparent text,                                                     -- the W3C trace context that it was sent in
  check ((taken_at is null) = (task_no is null)));
create unique index signal_key on signal(run_id, name, key) where key is not null;
create index signal_of_run on signal(run_id, name, signal_id);
create index signal_open on signal(run_id, name, signal_id) where taken_at is null;

-- Instances in w that wait for one.
create table signal_wait(
  run_id bigint not null, task_no int not null, map_index int not null, name text not null,
  gives_up_at timestamptz, soft boolean not null default false,         -- of a task without a body
  primary key(run_id, task_no, map_index));
create index signal_wait_name on signal_wait(run_id, name);

-- Addresses that a run has handed out: whoever knows the secret may send the signal, once, until then.
create table callback(
  callback_id bigint generated always as identity primary key, run_id bigint not null, task_no int not null, map_index int not null,
  signal text not null, hash bytea not null, created_at timestamptz not null, expires_at timestamptz not null, called_at timestamptz,
  traceparent text);                                                    -- that it was handed out in
create index callback_run on callback(run_id);

-- How far the safety net has come in the open runs: each has its turn.
create table sweep_mark(one boolean primary key default true check (one), run_id bigint not null);
create index dag_run_open on dag_run(run_id) where state = 'r';

-- Approvals ------------------------------------------------------------------------------------------------------------------

-- What people are asked, as it stood when it was asked.
create table approval(
  run_id bigint not null, task_no int not null, map_index int not null, dag_no int not null,
  state "char" not null check (state in ('a', 's', 'f', 'x')),          -- open, approved, rejected, taken back
  question text not null, evidence jsonb, needed smallint not null, people text[], by_admin boolean not null, not_by_starter boolean not null,
  on_reject "char" not null check (on_reject in ('f', 'k', 's')),       -- what the task becomes
  on_expiry "char" not null check (on_expiry in ('f', 's')),            -- rejected, approved
  asked_at timestamptz not null, expires_at timestamptz, decided_at timestamptz,
  primary key(run_id, task_no, map_index), check ((decided_at is null) = (state = 'a')));
create index approval_open on approval(asked_at) where state = 'a';
create index approval_decided on approval(decided_at) where state <> 'a';
create index approval_dag on approval(dag_no, asked_at);

-- asked_at tells one question from the next, when a task was cleared and asks again.
create table decision(
  run_id bigint not null, task_no int not null, map_index int not null, asked_at timestamptz not null, made_by text not null,
  approves boolean not null, note text, form jsonb, at timestamptz not null,
  primary key(run_id, task_no, map_index, asked_at, made_by));

-- Exactly once, locks and rates ------------------------------------------------------------------------------------------------

-- Locks that attempts hold, and who waits for them in the order of arrival. A row whose attempt runs no more, or whose time has come, holds nothing.
create table task_lock(
  name text primary key, token bigint not null,                         -- greater than every one before
  asked uuid not null,                                                  -- by which request: one whose answer was lost is asked again
  run_id bigint not null, task_no int not null, map_index int not null, attempt smallint not null, worker_id int not null,
  since timestamptz not null, until timestamptz not null);
create table task_lock_wait(
  ticket bigint generated always as identity primary key, name text not null, asked uuid not null unique,
  run_id bigint not null, task_no int not null, map_index int not null, attempt smallint not null, worker_id int not null,
  until timestamptz not null);                                          -- who has not asked again by then has gone
create index task_lock_wait_name on task_lock_wait(name, ticket);
create sequence fencing_token;

-- Rates that bodies keep to, by key: when all that was let through is paid for. One whose time is past says nothing.
create table task_rate(name text not null, key text not null, tat timestamptz not null, primary key(name, key));
create index task_rate_past on task_rate(tat);

-- Changes of open runs -----------------------------------------------------------------------------------------------------------

-- What becomes of open runs of older versions when this one becomes current: p they stay, a they are moved to it, n those that have begun nothing are.
alter table dag_version
  add policy "char" not null default 'p' check (policy in ('p', 'a', 'n')),
  add base_id int;                                                      -- a version for runs that began on an older one: its graph and code, numbered as theirs
create index dag_version_base on dag_version(base_id) where base_id is not null;

alter table dag add adopt_at timestamptz;                               -- when to look for open runs that its current version may take; null: there are none
create index dag_adopts on dag(adopt_at) where adopt_at is not null;

-- Why an open run was not moved to another version the last time that was tried.
create table upgrade_refusal(run_id bigint primary key, version_id int not null, why text not null, at timestamptz not null);

create index asset_update_run on asset_update(run_id) where run_id is not null;   -- to move them with their task

-- Runs of one key, of which at most one is open: run_key names the argument that is the key.
alter table dag_version
  add run_key text,
  add on_conflict "char" not null default 'r' check (on_conflict in ('r', 'j', 'q', 's'));   -- who comes second is refused, joins, waits in line, tells the open one
alter table dag_run
  add entity_key text,
  add in_line boolean not null default false,                           -- queued until no other run of its key is open
  add continuing boolean not null default false,                        -- a task may have said how it goes on
  add continues bigint;                                                 -- the run that ended so
create unique index dag_run_entity on dag_run(dag_no, entity_key) where entity_key is not null and not in_line and state in ('q', 'r');
create index dag_run_line on dag_run(dag_no, entity_key, run_id) where in_line and state = 'q';
create index dag_run_continues on dag_run(continues) where continues is not null;
create index dag_run_taken on dag_run(taken_from) where taken_from is not null;

alter table task_step drop constraint task_step_kind_check;
alter table task_step add constraint task_step_kind_check check (kind in ('s', 'c', 'm', 'n'));   -- n: the arguments of the run that continues this one

-- What bodies tell ---------------------------------------------------------------------------------------------------------------

-- What a body tells while it runs: values by name, how far it is, and what it gave to its last heartbeat. Like steps they are an instance's own
-- from its first start on ('since') until it is cleared; the row outlives the worker and the run.
create table task_value(
  run_id bigint not null, task_no int not null, map_index int not null,
  kind "char" not null check (kind in ('v', 'p', 'h')),                 -- value, progress, heartbeat
  name text not null, since timestamptz not null, attempt smallint not null, at timestamptz not null, value jsonb,
  primary key(run_id, task_no, map_index, kind, name)) with (fillfactor = 50);
create index task_value_progress on task_value(run_id, task_no, map_index) where kind = 'p';

-- How long an instance may stand in the lane. Those with such a time have lanes of their own, so that nobody looks for it elsewhere.
alter table lane
  add queue_timeout double precision check (queue_timeout > 0),
  add looked_at timestamptz;

-- Fairness by key ----------------------------------------------------------------------------------------------------------------

-- Runs and instances of a DAG that names an argument as its key take turns with those of other values of it. Lanes of such DAGs have numbers under 0.
alter table dag_version add fair_key text, add fair_weight text;        -- the arguments that are key and weight
create sequence fair_lane as smallint increment -1 start -1 minvalue -32768 maxvalue -1;
create sequence fair_arrival;
drop index lane_key;
create unique index lane_key on lane(queue, pool_id, weight, rated, (goes_to is not null), queue_timeout, (lane_id < 0)) nulls not distinct;

-- A flow is a key's value, hashed; a turn is a place among all flows of a line. 51_turns.sql says how they are given.
alter table dag_run
  add flow bigint,                                                      -- null: of a DAG without a key
  add flow_step int,                                                    -- how far apart the turns of its flow are
  add turn bigint;                                                      -- while it is queued
drop index dag_run_queued;
create index dag_run_queued on dag_run(dag_no, coalesce(backfill_id, 0), (-priority), coalesce(turn, 0), run_id) where state = 'q';
create index dag_run_flow on dag_run(dag_no, coalesce(backfill_id, 0), (-priority), flow, turn) where state = 'q' and flow is not null;

alter table ready_queue add turn bigint, add flow bigint;               -- of lanes under 0
create index ready_queue_turn on ready_queue(lane_id, rank, turn) where lane_id < 0;
create index ready_queue_last on ready_queue(lane_id, rank, flow, turn) where lane_id < 0;
create index ready_queue_flow on ready_queue(lane_id, rank, flow, run_id, task_no, map_index) where lane_id < 0;
alter table pool add by_key_next boolean not null default false;        -- whose turn it is: what has a key, or what has none

-- Child runs ---------------------------------------------------------------------------------------------------------------------

-- A run that a task has started: under which name, of a body that starts several; and what becomes of it when that task or its run ends before it: c it is cancelled, a it goes on.
alter table dag_run
  add parent_name text not null default '',
  add parent_close "char" not null default 'a' check (parent_close in ('a', 'c')),
  add parenting boolean not null default false;                         -- has started one that is cancelled so
drop index dag_run_parent;
create unique index dag_run_parent on dag_run(parent_run, parent_task, parent_map, parent_name, parent_epoch) where parent_run is not null;

-- Runs that are to be cancelled with what started them: in transactions of their own, for the locks of runs are taken ascending.
create table run_stop(run_id bigint primary key, stopped_by text not null, why text not null);

-- Workers ------------------------------------------------------------------------------------------------------------------------

alter table worker add continues int;                                   -- the number that the same process had until it could not renew its lease
