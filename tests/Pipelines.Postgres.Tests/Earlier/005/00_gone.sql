-- Functions that earlier programs had and this one has no more. Those of a name that is still in use go before they are made anew.
drop function if exists cancel_run(bigint, text, text);
drop function if exists gate_is_open(bigint, int);
drop function if exists fire_ticks(int, timestamptz, text, timestamptz[], timestamptz[], timestamptz[], timestamptz, timestamptz);
