-- Schedules of every kind, control over runs and tasks, limits, waiting without a slot, assets and reactions.

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

-- A limit, or of one that is counted by a key, each key's. The only lock on it, and only the scheduler takes it.
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
