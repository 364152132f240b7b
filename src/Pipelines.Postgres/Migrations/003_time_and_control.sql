-- Schedules of every kind, limits, waiting without a slot, control over runs and tasks, assets and reactions.

-- Gates beyond the past: what follows there, and runs that are not the latest ---------------------------------------------

alter table dag_task
  add wait_for_downstream boolean not null default false,
  add latest_only boolean not null default false;

-- Limits: how wide a task is in its pool, how many run at once, how many start in a time --------------------------------

-- Tasks with limits wait in a lane that no worker takes from (goes_to is not null); the scheduler admits them to the one they go to.
alter table lane
  add weight smallint not null default 1 check (weight > 0),            -- slots of the pool that an instance takes
  add goes_to smallint,
  add rated boolean not null default false;                             -- its instances spend a rate when they start
alter table lane drop constraint lane_queue_pool_id_key;
create unique index lane_key on lane(queue, pool_id, weight, rated, (goes_to is not null)) nulls not distinct;

create table task_limit(
  limit_no int generated always as identity primary key, name text not null,
  at_once int check (at_once > 0),                                      -- or
  starts int check (starts > 0), per double precision, burst int,       -- so many in so many seconds
  check ((at_once is null) = (starts is not null)));
create unique index task_limit_name on task_limit(name, (starts is not null));   -- api may limit how many run at once, and how many start
create table limit_of_task(
  version_id int not null, task_no int not null, limit_no int not null,
  key_task int, key_property text, key_argument text, key_run boolean not null default false,
  primary key(version_id, task_no, limit_no));

-- A limit, or of one that is counted by a key, each key's. Written under the advisory lock of admit, and by nobody else.
create table limit_bucket(
  bucket_id bigint generated always as identity primary key, limit_no int not null, key text not null,
  tat timestamptz,                                                      -- of a rate: when all that has started is paid for
  due_at timestamptz,                                                   -- somebody waits and may be admitted from then on
  unique(limit_no, key)) with (fillfactor = 50);
create index limit_bucket_due on limit_bucket(due_at) where due_at is not null;
-- The line before a bucket that has no room, in the order of the queue. An instance stands in one line at most.
create table limit_wait(
  run_id bigint not null, task_no int not null, map_index int not null, bucket_id bigint not null, rank smallint not null, lane_id smallint not null,
  primary key(run_id, task_no, map_index));
create index limit_wait_line on limit_wait(bucket_id, rank, run_id, task_no, map_index);
-- Who was admitted and counts. Workers only mark what is done with; the scheduler takes it off.
create table limit_hold(
  run_id bigint not null, task_no int not null, map_index int not null, bucket_id bigint not null, rated boolean not null,
  done boolean not null default false, started_at timestamptz,          -- of a rate: the start that is to be paid
  primary key(run_id, task_no, map_index, bucket_id)) with (fillfactor = 50);
create index limit_hold_bucket on limit_hold(bucket_id) where not done;
create index limit_hold_done on limit_hold(bucket_id) where done;

-- Schedules -----------------------------------------------------------------------------------------------------------

alter table dag
  add schedule_version int,                                             -- whose schedule is in force; graph and code of it decide
  add schedule_at timestamptz,                                          -- since when
  add schedule_phrase text,                                             -- it in words, for the event that tells of its change
  add min_gap double precision,                                         -- continuous: seconds from the end of a run to the next
  add auto_pause int,                                                   -- so many failed scheduled runs in a row pause it
  add resumed_at timestamptz;                                           -- failures before it count no more
update dag set schedule_version = version_id, schedule_at = created_at;
create index dag_continuous on dag(dag_no) where min_gap is not null;
create index dag_auto_pause on dag(dag_no) where auto_pause is not null and not paused;
create index dag_run_failed on dag_run(dag_no, scheduled_for) where kind = 's' and state = 'f';   -- few, and nothing else asks for them

-- Which schedule was in force when: what it named until the change is decided by it, however late a scheduler looks.
create table past_schedule(
  dag_no int not null references dag, since timestamptz not null, until timestamptz not null, version_id int not null, primary key(dag_no, until));

-- Waiting without a slot -----------------------------------------------------------------------------------------------

-- What a task without a body waits for; such tasks are in the lane '~wait', which the scheduler serves.
alter table dag_task add wait jsonb;
alter table task_instance add polls int not null default 0;             -- of a sensor, how often it said "not yet"

-- The task that started a run. One run for each time it could start one, so that nothing ever starts two.
alter table dag_run
  add parent_run bigint, add parent_task int, add parent_map int,
  add parent_epoch int;                                                 -- the parent's when it was started: a clear may start another
create unique index dag_run_parent on dag_run(parent_run, parent_task, parent_map, parent_epoch) where parent_run is not null;

-- Instances in w that wait for runs of other DAGs, or for the run that they have started.
create table wait(
  run_id bigint not null, task_no int not null, map_index int not null,
  dag_id text not null, task_id text,                                   -- what is waited for; no task: the whole run
  from_at timestamptz, to_at timestamptz,                               -- the tick, or from and to: the interval to be covered
  child_run bigint,
  fails boolean not null, soft boolean not null,
  gives_up_at timestamptz,
  primary key(run_id, task_no, map_index));
create index wait_dag on wait(dag_id, from_at) where child_run is null;
create index wait_child on wait(child_run) where child_run is not null;

-- The DAGs and tasks that some version waits for: the ends of no others are told to who waits.
create table awaited(dag_id text not null, task_id text not null, primary key(dag_id, task_id));

-- Runs in which something has ended that may be waited for: written by whoever ends it, taken by a scheduler.
create table run_end(end_id bigint generated always as identity primary key, run_id bigint not null);

-- Control over runs and tasks -----------------------------------------------------------------------------------------

alter table dag_run
  add key text,                                                         -- the caller's own name for it: asked for again, the run is there already
  add taken_from bigint,                                                -- the run whose outputs it began with
  add preset boolean not null default false,                            -- when it starts, instances of the table preset have ended already
  add left_out int[];                                                   -- tasks that are no part of it: nothing waits for them
create unique index dag_run_key on dag_run(dag_no, key) where key is not null;

-- How instances of a queued run have ended before it starts: taken over from another run, kept as they were, or left out.
create table preset(
  run_id bigint not null, task_no int not null, map_index int not null, state "char" not null, output jsonb, why text,
  primary key(run_id, task_no, map_index));

-- What people wrote on a run (task_no -1) or a task instance.
create table note(
  run_id bigint not null, task_no int not null, map_index int not null, text text not null, written_by text not null, at timestamptz not null,
  primary key(run_id, task_no, map_index));

alter table backfill
  add tasks text[],                                                     -- only these; null: all
  add on_version text not null default 'original' check (on_version in ('current', 'original')),   -- what dates that are run again run on
  add arguments jsonb;

-- Assets ---------------------------------------------------------------------------------------------------------------

-- Every name that a version has named; it stays when none does any more, for its history.
create table asset(asset_no int generated always as identity primary key, name text not null unique);
create table asset_of_task(version_id int not null, task_no int not null, asset_no int not null, primary key(version_id, task_no, asset_no));
alter table dag_version add produces boolean not null default false;    -- a task of it produces assets

alter table dag add by_assets jsonb;                                    -- the condition of its current version; null: no updates start runs
create index dag_by_assets on dag(dag_no) where by_assets is not null;
create table asset_watch(asset_no int not null, dag_no int not null, primary key(asset_no, dag_no));   -- the names in those conditions

create table asset_update(
  update_id bigint generated always as identity primary key, asset_no int not null, at timestamptz not null,
  run_id bigint, task_no int,                                           -- who produced it, or
  actor text, why text,                                                 -- who told it from outside
  extra jsonb);
create index asset_update_latest on asset_update(asset_no, update_id);
-- An update as a DAG that is run by its asset gets it: waiting, until a run takes it.
create table asset_delivery(dag_no int not null, asset_no int not null, update_id bigint not null, run_id bigint, primary key(dag_no, update_id));
create index asset_delivery_waiting on asset_delivery(dag_no, asset_no) where run_id is null;
create index asset_delivery_run on asset_delivery(run_id) where run_id is not null;

alter table dag_run drop constraint dag_run_kind_check;
alter table dag_run add constraint dag_run_kind_check check (kind in ('s', 'm', 'b', 'a'));            -- a: started by updates of assets

-- Reactions: who is told of what, and when it has not ended by then --------------------------------------------------------

-- Copied into each row when it is made, so that the triggers that tell (97_notify.sql) cost nothing where nobody is told.
alter table dag_version add notify boolean not null default false;
alter table dag_task add notify boolean not null default false;
alter table dag_run add notify boolean not null default false;
alter table task_instance add notify boolean not null default false;

-- task_no -1 is the run.
create table notify_rule(
  version_id int not null, task_no int not null, channel text not null,
  whats "char"[] not null,                                              -- f failed, s succeeded, c cancelled, y to be tried again
  primary key(version_id, task_no, channel));
create table deadline_rule(
  version_id int not null, task_no int not null, channel text not null,
  since "char" not null check (since in ('s', 'q', 'r')),               -- scheduled for, queued, started (running)
  after double precision not null,                                      -- seconds
  primary key(version_id, task_no, channel, since, after));

-- Of runs and tasks that have not ended. Locked after the run.
create table deadline(
  run_id bigint not null, task_no int not null, channel text not null, due_at timestamptz not null, primary key(run_id, task_no, channel, due_at));
create index deadline_due on deadline(due_at);

-- The outbox. A row is made in the transaction of the change that it tells of; whoever delivers locks nothing else.
create table notification(
  notification_id bigint generated always as identity primary key, channel text not null,
  what "char" not null check (what in ('f', 's', 'c', 'y', 'd')),       -- as above; d: the deadline has passed
  dag_no int not null, run_id bigint not null, task_no int, attempt smallint, at timestamptz not null,
  state "char" not null default 'w' check (state in ('w', 's', 'f')),   -- waits, sent, given up
  tries smallint not null default 0, most_tries smallint not null default 12,
  due_at timestamptz not null,                                          -- the next try; while one is under way: when it counts as lost
  finished_at timestamptz, check ((finished_at is not null) = (state <> 'w'))) with (fillfactor = 70);
create index notification_due on notification(due_at) where state = 'w';
create index notification_run on notification(run_id);
create table notification_try(
  notification_id bigint not null references notification on delete cascade, try smallint not null, at timestamptz not null, sender text not null,
  ended_at timestamptz, error text, primary key(notification_id, try));
