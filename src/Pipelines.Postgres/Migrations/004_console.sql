-- What the console needs.

-- Who may ------------------------------------------------------------------------------------------------------------------

create table account(
  account_no int generated always as identity primary key,
  name text not null unique check (name = lower(name)),
  password text,                                                        -- its hash; null: signs in by link or by a proxy's word
  role "char" not null check (role in ('v', 'o', 'a')),                 -- viewer, operator, admin
  only_dags text[], only_tags text[],                                   -- sees these DAGs alone; both null: all
  closed_at timestamptz,
  failures int not null default 0, locked_until timestamptz,            -- wrong passwords in a row, and how long none is looked at
  created_by text not null, created_at timestamptz not null default now(), signed_in_at timestamptz);

-- Secrets are kept as hashes: whoever reads the database cannot sign in with what they find.
create table session(
  hash bytea primary key, account_no int not null references account, created_at timestamptz not null, seen_at timestamptz not null,
  expires_at timestamptz not null, address text, agent text);
create index session_account on session(account_no);
create table sign_in_link(hash bytea primary key, account_no int not null references account, expires_at timestamptz not null);

create table api_token(
  token_no int generated always as identity primary key, hash bytea not null unique,
  start text not null,                                                  -- its first characters, to tell one from another
  name text not null, account_no int not null references account,
  role "char" not null check (role in ('v', 'o', 'a')),                 -- may at most this, whatever its account may
  created_at timestamptz not null, expires_at timestamptz not null, used_at timestamptz, revoked_at timestamptz);

-- What people did ----------------------------------------------------------------------------------------------------------

-- Beside the events, which tell what became of runs: who asked for what, from where, and how the thing was before and after.
create table audit(
  audit_id bigint generated always as identity primary key, at timestamptz not null, actor text not null, address text,
  what text not null, kind text not null, target text not null, why text, before jsonb, after jsonb,
  answer jsonb);                                                        -- the run or backfill that it made, or how much it changed
create index audit_target on audit(kind, target, audit_id);
create index audit_actor on audit(actor, audit_id);

-- Requests that carry a name of their own, with their answers: asked again, they are not carried out again. Kept for a day.
create table request(name text primary key, asked text not null, at timestamptz not null, answer jsonb);
create index request_at on request(at);

-- Connections and variables --------------------------------------------------------------------------------------------------

create table setting(
  kind text not null check (kind in ('connection', 'variable')), name text not null,
  value text not null,                                                  -- of a secret protected by a key that is not in the database
  secret boolean not null, about text, changed_by text not null, changed_at timestamptz not null, primary key(kind, name));

-- Home -------------------------------------------------------------------------------------------------------------------

-- The runs of a DAG that failed lately. A run that does not fail never has an entry: no more is written for it.
create index dag_run_failures on dag_run(dag_no, finished_at) where state = 'f';

-- Draining workers -----------------------------------------------------------------------------------------------------

-- The worker takes no more work; what it runs goes on. It learns of it with its next heartbeat.
alter table worker add draining boolean not null default false;

-- The API -----------------------------------------------------------------------------------------------------------------

-- The stream of events reads the newest by number. Numbers come in the order of the table, so this costs its writers next to nothing.
create index event_number on event using brin (event_id) with (pages_per_range = 16, autosummarize = on);

-- Traces ------------------------------------------------------------------------------------------------------------------

-- The trace that a run was started in, as W3C writes it; null: it begins one of its own.
alter table dag_run add traceparent text;
-- Up to which event ends of runs were told, where traces are collected.
create table trace_mark(one boolean primary key default true check (one), event_id bigint not null);
