-- Who may: accounts, sessions, tokens, and what people did.

-- name: by_session
-- Whose session it is; looking renews it, at most once a minute.
with found as (
  select s.hash, s.account_no, s.seen_at from session s where s.hash = $1 and s.expires_at > clock_timestamp()),
seen as (
  update session s set seen_at = clock_timestamp(), expires_at = greatest(s.expires_at, clock_timestamp() + $2)
  from found f where s.hash = f.hash and f.seen_at < clock_timestamp() - interval '1 minute')
select a.account_no, a.name, a.role, a.only_dags, a.only_tags, a.role
from found f join account a on a.account_no = f.account_no where a.closed_at is null

-- name: by_token
with found as (
  select t.token_no, t.account_no, t.role, t.used_at from api_token t where t.hash = $1 and t.revoked_at is null and t.expires_at > clock_timestamp()),
used as (
  update api_token t set used_at = clock_timestamp() from found f
  where t.token_no = f.token_no and (f.used_at is null or f.used_at < clock_timestamp() - interval '1 minute'))
select a.account_no, a.name, a.role, a.only_dags, a.only_tags, f.role
from found f join account a on a.account_no = f.account_no where a.closed_at is null

-- name: by_name
select a.account_no, a.name, a.role, a.only_dags, a.only_tags, a.role from account a where a.name = $1 and a.closed_at is null

-- name: password
select account_no, password, greatest(extract(epoch from locked_until - clock_timestamp()), 0)::float8 from account where name = $1 and closed_at is null

-- name: failed
-- From the fifth wrong password on nobody's is looked at for a while: 2 s, 4 s, and so on to 15 minutes.
with changed as (
  update account set failures = failures + 1, locked_until = case when failures >= 4 then clock_timestamp() + least(interval '15 minutes', interval '1 s' * 2 ^ least(failures - 3, 10)) end
  where name = $1 and closed_at is null)
insert into audit(at, actor, address, what, kind, target) values (clock_timestamp(), 'web:' || $1, $2, 'sign-in refused', 'account', $1)

-- name: open_session
with a as (
  update account set failures = 0, locked_until = null, signed_in_at = clock_timestamp() where account_no = $1 and closed_at is null returning account_no, name),
s as (
  insert into session(hash, account_no, created_at, seen_at, expires_at, address, agent)
  select $2, account_no, clock_timestamp(), clock_timestamp(), clock_timestamp() + $3, $4, $5 from a)
insert into audit(at, actor, address, what, kind, target) select clock_timestamp(), 'web:' || name, $4, 'signed in with ' || $6, 'account', name from a

-- name: close_session
with s as (delete from session where hash = $1 returning account_no)
insert into audit(at, actor, address, what, kind, target)
select clock_timestamp(), 'web:' || a.name, $2, 'signed out', 'account', a.name from s join account a on a.account_no = s.account_no

-- name: make_link
insert into sign_in_link(hash, account_no, expires_at) select $2, account_no, clock_timestamp() + $3 from account where name = $1 and closed_at is null

-- name: use_link
delete from sign_in_link where hash = $1 and expires_at > clock_timestamp() returning account_no

-- name: accounts
select a.account_no, a.name, a.role, a.only_dags, a.only_tags, a.password is not null, a.closed_at is not null, a.created_by, a.created_at, a.signed_in_at,
       (select count(*)::int from session s where s.account_no = a.account_no and s.expires_at > clock_timestamp())
from account a order by a.closed_at is not null, a.name

-- name: save_account
insert into account(name, role, only_dags, only_tags, created_by) values ($1, $2::text::"char", $3, $4, $5)
on conflict (name) do update set role = excluded.role, only_dags = excluded.only_dags, only_tags = excluded.only_tags, closed_at = null
returning account_no

-- name: close_account
-- Its sessions and tokens end with it.
with a as (update account set closed_at = clock_timestamp(), password = null where name = $1 and closed_at is null returning account_no),
s as (delete from session where account_no = (select account_no from a)),
l as (delete from sign_in_link where account_no = (select account_no from a)),
t as (update api_token set revoked_at = clock_timestamp() where account_no = (select account_no from a) and revoked_at is null)
select account_no from a

-- name: lock_admins
-- Two admins who take each other's role must not both be let.
select pg_advisory_xact_lock(hashtext('pipelines.admins'))

-- name: is_admin
select exists (select 1 from account where name = $1 and role = 'a' and closed_at is null)

-- name: open_admins
select count(*)::int from account where role = 'a' and closed_at is null and name <> $1

-- name: set_password
-- Whoever was signed in with the old one is no longer.
with a as (update account set password = $2, failures = 0, locked_until = null where name = $1 and closed_at is null returning account_no),
s as (delete from session where account_no = (select account_no from a) and hash is distinct from $3::bytea)
select account_no from a

-- name: tokens
select t.token_no, t.name, a.name, t.role, t.start, t.created_at, t.expires_at, t.used_at, t.revoked_at, t.expires_at <= clock_timestamp()
from api_token t join account a on a.account_no = t.account_no
where $1::text is null or a.name = $1 order by t.revoked_at is not null, t.token_no desc

-- name: make_token
insert into api_token(hash, start, name, account_no, role, created_at, expires_at)
select $1, $2, $3, account_no, $5::text::"char", clock_timestamp(), clock_timestamp() + $6 from account where name = $4 and closed_at is null
returning token_no

-- name: revoke_token
update api_token t set revoked_at = clock_timestamp() from account a
where t.token_no = $1 and t.revoked_at is null and a.account_no = t.account_no and ($2::text is null or a.name = $2) returning t.token_no

-- name: visible
-- The DAGs that an account with a restriction sees.
select d.dag_id from dag d join dag_version v on v.version_id = d.version_id
where d.dag_id = any($1) or exists (select 1 from jsonb_array_elements_text(coalesce(v.spec -> 'tags', '[]')) tag where tag = any($2))

-- name: dag_of_run
select d.dag_id from dag_run r join dag d on d.dag_no = r.dag_no where r.run_id = $1

-- name: dag_of_backfill
select d.dag_id from backfill b join dag d on d.dag_no = b.dag_no where b.backfill_id = $1

-- name: dag_of_notification
select d.dag_id from notification n join dag d on d.dag_no = n.dag_no where n.notification_id = $1

-- name: look
select audit_look($1, $2)::text

-- name: audit
insert into audit(at, actor, address, what, kind, target, why, before, after, answer) values (clock_timestamp(), $1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: audits
-- The newest first, older than $1.
select a.audit_id, a.at, a.actor, a.address, a.what, a.kind, a.target, a.why, a.before::text, a.after::text, a.answer::text
from audit a
where a.audit_id < $1 and ($2::text is null or a.actor = $2 or a.actor like '%:' || $2) and ($3::text is null or a.what ilike '%' || $3 || '%' or a.target = $3)
  and ($4::timestamptz is null or a.at >= $4)
order by a.audit_id desc limit $5

-- name: forget
-- What has no use any more.
with s as (delete from session where expires_at < clock_timestamp()),
l as (delete from sign_in_link where expires_at < clock_timestamp())
delete from request where at < clock_timestamp() - interval '1 day'

-- name: begin_request
-- Waits for another request of this name that is under way.
insert into request(name, asked, at) values ($1, $2, clock_timestamp()) on conflict do nothing

-- name: end_request
update request set answer = $2 where name = $1

-- name: answer
select asked, coalesce(answer, 'null')::text from request where name = $1
