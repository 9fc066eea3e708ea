-- The logins of the running parts. Run by psql as the owner after `migrate`, which makes the runtime roles; the
-- passwords come from the environment.
\set ON_ERROR_STOP on
\getenv password POSTGRES_WEB_PASSWORD
\getenv portal_password POSTGRES_PORTAL_PASSWORD
\getenv viewer_password POSTGRES_VIEWER_PASSWORD

-- Sign-in, staff and workers: owns and inherits nothing, and may only become one of the three runtime roles.
SELECT 'CREATE ROLE sipcabinet_web'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sipcabinet_web') \gexec
ALTER ROLE sipcabinet_web LOGIN NOINHERIT PASSWORD :'password';
GRANT sipcabinet_app, sipcabinet_portal, sipcabinet_viewer TO sipcabinet_web WITH INHERIT FALSE, SET TRUE;

-- Customers' pages: has the rights of sipcabinet_portal and can become no other role.
SELECT 'CREATE ROLE sipcabinet_pages'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sipcabinet_pages') \gexec
ALTER ROLE sipcabinet_pages LOGIN INHERIT PASSWORD :'portal_password';
GRANT sipcabinet_portal TO sipcabinet_pages WITH INHERIT TRUE, SET FALSE;

-- The same pages, while staff view them as the customer: may only read, and can become no other role.
SELECT 'CREATE ROLE sipcabinet_viewing'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sipcabinet_viewing') \gexec
ALTER ROLE sipcabinet_viewing LOGIN INHERIT PASSWORD :'viewer_password';
ALTER ROLE sipcabinet_viewing SET default_transaction_read_only = on;
GRANT sipcabinet_viewer TO sipcabinet_viewing WITH INHERIT TRUE, SET FALSE;
