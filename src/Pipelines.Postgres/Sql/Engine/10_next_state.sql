-- What a waiting instance becomes, given how its upstreams ended: n still waits, q runs, k is skipped, u is upstream failed.
-- The numbers are those of the TriggerRule enum; from 12 on those of the roles that have a rule of their own. `refused` counts upstreams that succeeded with another value than When asks for.
-- Every rule gives the same answer in whatever order the upstreams end: one that needs all of them is decided when all
-- have ended or a failure has decided it, and a failure beats a skip.
create or replace function next_state(rule smallint, unmet int, ok int, failed int, skipped int, refused int) returns "char"
language sql immutable as $$
  select (case rule
    when 0 /* all_success */  then case when failed > 0 then 'u' when unmet > 0 then 'n' when skipped + refused > 0 then 'k' else 'q' end
    when 1 /* all_done */     then case when unmet > 0 then 'n' when refused > 0 then 'k' else 'q' end
    when 2 /* none_failed */  then case when failed > 0 then 'u' when unmet > 0 then 'n' when refused > 0 then 'k' else 'q' end
    when 3 /* none_failed_min_one_success */
                              then case when failed > 0 then 'u' when unmet > 0 then 'n' when refused > 0 or ok = 0 then 'k' else 'q' end
    when 4 /* one_success */  then case when ok > 0 then 'q' when unmet > 0 then 'n' when failed > 0 then 'u' else 'k' end
    when 5 /* one_failed */   then case when failed > 0 then 'q' when unmet > 0 then 'n' else 'k' end
    when 6 /* all_failed */   then case when ok + skipped + refused > 0 then 'k' when unmet > 0 then 'n' else 'q' end
    when 7 /* all_done_min_one_success */
                              then case when skipped + refused > 0 then 'k' when unmet > 0 then 'n' when ok = 0 then 'u' else 'q' end
    when 8 /* all_skipped */  then case when ok + failed > 0 then 'k' when unmet > 0 then 'n' else 'q' end
    when 9 /* one_done */     then case when ok + failed > 0 then 'q' when unmet > 0 then 'n' else 'k' end
    when 10 /* none_skipped */ then case when skipped + refused > 0 then 'k' when unmet > 0 then 'n' else 'q' end
    when 11 /* always */      then 'q'
    when 12 /* teardown */    then case when unmet > 0 then 'n' when ok > 0 then 'q' when failed > 0 then 'u' else 'k' end
    when 13 /* a task's OnFailure */ then case when failed > 0 then 'q' when unmet > 0 then 'n' else 'k' end
    when 14 /* a task's OnSuccess */ then case when ok > 0 then 'q' when unmet > 0 then 'n' else 'k' end
    when 15 /* the run's OnFailure */ then 'n'
    when 16 /* the run's OnSuccess */ then 'n'
    when 17 /* undo */        then 'n'
    when 18 /* removed */     then 'n'
  end)::"char" $$;
