-- The API -----------------------------------------------------------------------------------------------------------------

-- The stream of events reads the newest by number. Numbers come in the order of the table, so this costs its writers next to nothing.
create index event_number on event using brin (event_id) with (pages_per_range = 16, autosummarize = on);
