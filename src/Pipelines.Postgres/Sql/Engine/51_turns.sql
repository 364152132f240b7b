-- Fairness by key. What stands in one line takes turns by its flow: however much one flow has there, the first of another one waits for about one round. A turn is a round, counted
-- as a virtual time, and the number of its arrival in it: the first of a flow gets the round that is about to be served, each next one a step later. Nothing else is remembered,
-- so no row is shared by those who come and those who go: whoever was served has its place behind it, for the head of the line is the time.

create or replace function next_turn(p_head bigint, p_last bigint, p_step int) returns bigint language sql volatile as $$
  select (greatest(coalesce(p_head >> 20, 0), coalesce((p_last >> 20) + p_step, 0)) << 20) | (nextval('fair_arrival') & 1048575) $$;

create or replace function flow_of(p_key text, p_value text) returns bigint language sql immutable as $$ select hashtextextended(p_key || '=' || coalesce(p_value, ''), 0) $$;

-- A run is made: its flow is the value of the argument, or the argument's default. A flow with weight w has w turns where others have one.
create or replace function give_flow() returns trigger language plpgsql as $$
declare v dag_version; v_weight text;
begin
  select * into v from dag_version d where d.version_id = new.version_id and d.fair_key is not null;
  if not found then return new; end if;
  new.flow := flow_of(v.fair_key, coalesce(new.arguments ->> v.fair_key, v.spec #>> array['arguments', 'properties', v.fair_key, 'default']));
  v_weight := coalesce(new.arguments ->> v.fair_weight, v.spec #>> array['arguments', 'properties', v.fair_weight, 'default']);
  if v_weight is null or v_weight !~ '^[0-9]{1,9}([.][0-9]+)?$' then v_weight := '1'; end if;   -- numbers may be written as text; what is none is no reason to refuse a run
  new.flow_step := round(1000 / least(1000, greatest(0.001, v_weight::double precision)));
  return new;
end $$;

-- The line of runs that wait for their start, of a DAG or of a backfill.
create or replace function take_run_turn() returns trigger language plpgsql as $$
begin
  new.turn := next_turn(
    (select r.turn from dag_run r where r.dag_no = new.dag_no and coalesce(r.backfill_id, 0) = coalesce(new.backfill_id, 0) and -r.priority = -new.priority and r.state = 'q' and r.turn is not null
     order by coalesce(r.turn, 0) limit 1),
    (select r.turn from dag_run r where r.dag_no = new.dag_no and coalesce(r.backfill_id, 0) = coalesce(new.backfill_id, 0) and -r.priority = -new.priority and r.state = 'q' and r.flow = new.flow and r.flow is not null
     order by r.turn desc limit 1),
    new.flow_step);
  return new;
end $$;

create or replace trigger run_flow before insert on dag_run for each row execute function give_flow();
create or replace trigger run_turn before insert on dag_run for each row when (new.flow is not null) execute function take_run_turn();
create or replace trigger run_turn_again before update on dag_run for each row when (new.flow is not null and new.state = 'q' and old.state <> 'q') execute function take_run_turn();

-- The line of instances that wait for a worker.
create or replace function take_turn() returns trigger language plpgsql as $$
declare v_step int;
begin
  select coalesce(flow, 0), coalesce(flow_step, 1000) into new.flow, v_step from dag_run where run_id = new.run_id;
  new.turn := next_turn(
    (select q.turn from ready_queue q where q.lane_id = new.lane_id and q.lane_id < 0 and q.rank = new.rank order by q.turn limit 1),
    (select q.turn from ready_queue q where q.lane_id = new.lane_id and q.lane_id < 0 and q.rank = new.rank and q.flow = new.flow order by q.turn desc limit 1),
    v_step);
  return new;
end $$;

create or replace trigger ready_turn before insert on ready_queue for each row when (new.lane_id < 0) execute function take_turn();

-- Whose turn it is in the lanes of a worker, up to p_want of each. A turn belongs to a flow, and goes to the oldest run of it, as elsewhere: what began first ends first. So the oldest get the
-- lowest turns of their flow, and those that had them get theirs. That holds whether they are taken now or not. The caller has locked the pools.
create or replace function next_in_turn(p_queues text[], p_pools int[], p_want int)
returns table(tid tid, place int, rank smallint, ord bigint, run_id bigint, task_no int, map_index int, pool_id int, weight smallint, rated boolean, free int) language plpgsql as $$
#variable_conflict use_column
declare v_first int := case when random() < 0.5 then -1 else 1 end;     -- what has a key and what has none take turns by chance; in a pool by its mark, so that a wide task is not passed for ever
begin
  return query
  with line as (
    select l.lane_id, l.pool_id, l.weight, l.rated, case when l.pool_id is null then v_first when p.by_key_next then -1 else 1 end place,
           case when l.pool_id is null then p_want else p.slots - p.used end free
    from lane l left join pool p on p.pool_id = l.pool_id
    where l.lane_id < 0 and l.queue = any(p_queues) and l.goes_to is null and (l.pool_id is null or l.pool_id = any(p_pools))),
  ticket as materialized (
    select q.* from line l
      cross join lateral (
        select q.ctid tid, q.lane_id, q.rank, q.flow, q.turn from ready_queue q where q.lane_id = l.lane_id and q.lane_id < 0
        order by q.rank, q.turn limit case when l.free > 0 then least(p_want, greatest(1, l.free / l.weight)) else 0 end for update skip locked) q),
  oldest as materialized (
    select o.tid, f.lane_id, f.rank, f.flow, o.run_id, o.task_no, o.map_index, o.turn was, o.turn = any(f.turns) has,
           f.turns[row_number() over (partition by f.lane_id, f.rank, f.flow order by o.run_id, o.task_no, o.map_index)] turn
    from (select lane_id, rank, flow, array_agg(turn order by turn) turns from ticket group by lane_id, rank, flow) f
      cross join lateral (
        select q.ctid tid, q.run_id, q.task_no, q.map_index, q.turn from ready_queue q
        where q.lane_id = f.lane_id and q.lane_id < 0 and q.rank = f.rank and q.flow = f.flow
        order by q.run_id, q.task_no, q.map_index limit cardinality(f.turns) for update skip locked) o),
  swapped as (
    update ready_queue q set turn = o.turn from oldest o where q.ctid = o.tid and o.was <> o.turn returning q.ctid tid, q.run_id, q.task_no, q.map_index),
  given as (
    update ready_queue q set turn = g.was
    from (select tid, lane_id, rank, flow, row_number() over (partition by lane_id, rank, flow order by turn) n from ticket t where not exists (select 1 from oldest o where o.tid = t.tid)) t
      join (select was, lane_id, rank, flow, row_number() over (partition by lane_id, rank, flow order by was) n from oldest where not has) g using (lane_id, rank, flow, n)
    where q.ctid = t.tid)
  select coalesce(s.tid, o.tid), l.place, o.rank, row_number() over (order by o.turn), o.run_id, o.task_no, o.map_index, l.pool_id, l.weight, l.rated, l.free
  from oldest o join line l on l.lane_id = o.lane_id
    left join swapped s on s.run_id = o.run_id and s.task_no = o.task_no and s.map_index = o.map_index;
end $$;
