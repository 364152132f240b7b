-- Functions that earlier programs had and this one has no more. Those of a name that is still in use go before they are made anew.
drop function if exists cancel_run(bigint, text, text);
drop function if exists gate_is_open(bigint, int);
drop function if exists fire_ticks(int, timestamptz, text, timestamptz[], timestamptz[], timestamptz[], timestamptz, timestamptz);
drop function if exists wait_verdict(wait);
drop function if exists register_version(text, text, text, jsonb, double precision);
drop function if exists clear_tasks(bigint, int[], int[], text, text);
drop function if exists rerun_from(bigint, int, int[], int[], text, text);
drop function if exists start_run(text, jsonb, text, timestamptz, timestamptz, text);
drop function if exists register_worker(text, text[], int, double precision);
