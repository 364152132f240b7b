-- Schedules of every kind, control over runs and tasks, limits, waiting without a slot, assets and reactions.

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
