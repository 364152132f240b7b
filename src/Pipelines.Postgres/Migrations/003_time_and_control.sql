-- Schedules of every kind, control over runs and tasks, limits, waiting without a slot, assets and reactions.

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
