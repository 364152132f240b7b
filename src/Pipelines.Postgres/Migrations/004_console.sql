-- What the console's pages need.

-- Home -------------------------------------------------------------------------------------------------------------------

-- The runs of a DAG that failed lately. A run that does not fail never has an entry: no more is written for it.
create index dag_run_failures on dag_run(dag_no, finished_at) where state = 'f';
