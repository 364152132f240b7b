-- What lasts longer than an attempt.

-- Steps of a task instance that have ended, its cursor, and moments it asked for by name. They are an instance's own from its first start on ('since') until
-- it is cleared: then it gets another first start, and finds none of them.
create table task_step(
  run_id bigint not null, task_no int not null, map_index int not null,
  kind "char" not null check (kind in ('s', 'c', 'm')),                 -- step, cursor, moment
  name text not null, since timestamptz not null,
  attempt smallint not null,                                            -- the one that did it
  state "char" not null check (state in ('s', 'f')),                    -- one that failed is done again
  tries int not null, started_at timestamptz not null, finished_at timestamptz not null, output jsonb, error text,
  primary key(run_id, task_no, map_index, kind, name));
