select pipelines.start_run($1, $2::jsonb, $3, $4, $5, priority => $6)
