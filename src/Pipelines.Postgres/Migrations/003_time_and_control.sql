-- Schedules of every kind, control over runs and tasks, limits, waiting without a slot, assets and reactions.

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
