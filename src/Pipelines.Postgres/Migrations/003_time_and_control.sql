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
