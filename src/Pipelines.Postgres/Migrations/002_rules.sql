-- What the rules of Sql/Engine/README.md need beyond the first schema.

alter table dag_version
  add run_timeout double precision,                                     -- seconds; null: none
  add fail_fast boolean not null default false,
  add groups boolean not null default false,                            -- has mapped groups: edges by index
  add callbacks smallint not null default 0;                            -- callbacks of the run

alter table dag_task
  add depends_on_past boolean not null default false,
  add n_index int not null default 0;                                   -- upstreams in the same mapped group: element i waits for element i

alter table dag_edge
  add kind "char" not null default 'o' check (kind in ('o', 'w', 'i')); -- outcome counts, only its end counts, by index

create index dag_edge_up on dag_edge(version_id, down_no);              -- for counting anew: what is above a task

alter table dag_run
  add deadline_at timestamptz,
  add callbacks smallint not null default 0,                            -- callbacks that wait for the verdict, not counted in remaining
  add verdict "char" check (verdict in ('s', 'f', 'c'));                -- how it will end, once that is fixed
create index dag_run_deadline on dag_run(deadline_at) where state = 'r' and deadline_at is not null;

alter table task_instance
  add gated boolean not null default false;                             -- before it is queued the scheduler must open its gate

-- Instances that wait for something outside their run, without a slot.
create table gate(run_id bigint not null, task_no int not null, primary key(run_id, task_no));
