-- The login of the running parts: it owns and inherits nothing, and may only become one of the two runtime roles.
-- Run by psql as the owner after `migrate`, which makes those roles; the password comes from the environment.
\set ON_ERROR_STOP on
\getenv password POSTGRES_WEB_PASSWORD
SELECT 'CREATE ROLE sipcabinet_web'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sipcabinet_web') \gexec
ALTER ROLE sipcabinet_web LOGIN NOINHERIT PASSWORD :'password';
GRANT sipcabinet_app, sipcabinet_portal TO sipcabinet_web WITH INHERIT FALSE, SET TRUE;
