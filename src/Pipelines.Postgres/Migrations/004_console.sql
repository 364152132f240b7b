-- What the console needs beyond the engine.

-- The audit page ------------------------------------------------------------------------------------------------------

-- What people did, by time: few rows beside the engine's own, whose events bear no actor or the scheduler's.
create index event_audit on event(at desc, event_id desc) where actor is not null and actor <> 'scheduler';

-- Draining workers -----------------------------------------------------------------------------------------------------

-- The worker takes no more work; what it runs goes on. It learns of it with its next heartbeat.
alter table worker add draining boolean not null default false;
