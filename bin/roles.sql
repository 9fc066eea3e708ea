-- The three runtime roles, as `migrate` makes them. Run by psql as the owner before pg_restore: a dump holds the rights of
-- roles, but no roles. Safe to repeat.
\set ON_ERROR_STOP on
SELECT format('CREATE ROLE %I NOLOGIN NOINHERIT', role)
  FROM unnest(ARRAY['sipcabinet_app', 'sipcabinet_portal', 'sipcabinet_viewer']) AS role
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec
GRANT sipcabinet_portal, sipcabinet_viewer TO sipcabinet_app;
GRANT sipcabinet_app TO CURRENT_USER;
