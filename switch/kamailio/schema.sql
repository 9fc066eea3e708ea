-- The database of Kamailio: its modules' own tables (version 5.6), the tables that the portal fills, what the route
-- asks, and what the portal reads. Run by psql as the owner of an empty database of its own; it may be run again.
--
--   KAMAILIO_PASSWORD=… CABINET_PASSWORD=… psql -d kamailio -f schema.sql
--
-- Two logins: `kamailio` is the switch; `cabinet` is the portal (KAMAILIO_DATABASE_URL). Neither owns a table.
\set ON_ERROR_STOP on
\getenv kamailio_password KAMAILIO_PASSWORD
\getenv cabinet_password CABINET_PASSWORD
SET client_min_messages = warning;
BEGIN;

-- --- Tables of Kamailio's modules ------------------------------------------------------------------------------------
-- Columns and versions are those of Kamailio's own scripts (/usr/share/kamailio/postgres). A module refuses to start if
-- the version of its table is another one.
CREATE TABLE IF NOT EXISTS version (
    id SERIAL PRIMARY KEY,
    table_name VARCHAR(32) NOT NULL UNIQUE,
    table_version INTEGER DEFAULT 0 NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES
    ('version', 1), ('subscriber', 7), ('address', 6), ('dbaliases', 1), ('grp', 2), ('usr_preferences', 2),
    ('dialplan', 2), ('location', 9), ('location_attrs', 1), ('dialog', 7), ('dialog_vars', 1), ('dispatcher', 4),
    ('acc_cdrs', 2)
ON CONFLICT (table_name) DO NOTHING;

-- Told by the portal (docs/architecture.md, «What the switch is told»).
CREATE TABLE IF NOT EXISTS subscriber (
    id SERIAL PRIMARY KEY,
    username VARCHAR(64) DEFAULT '' NOT NULL,
    domain VARCHAR(64) DEFAULT '' NOT NULL,
    password VARCHAR(64) DEFAULT '' NOT NULL,
    ha1 VARCHAR(128) DEFAULT '' NOT NULL,
    ha1b VARCHAR(128) DEFAULT '' NOT NULL,
    CONSTRAINT subscriber_account_idx UNIQUE (username, domain)
);
CREATE TABLE IF NOT EXISTS address (
    id SERIAL PRIMARY KEY,
    grp INTEGER DEFAULT 1 NOT NULL,
    ip_addr VARCHAR(50) NOT NULL,
    mask INTEGER DEFAULT 32 NOT NULL,
    port SMALLINT DEFAULT 0 NOT NULL,
    tag VARCHAR(64)
);
CREATE INDEX IF NOT EXISTS address_tag_idx ON address (tag);
CREATE TABLE IF NOT EXISTS dbaliases (
    id SERIAL PRIMARY KEY,
    alias_username VARCHAR(64) DEFAULT '' NOT NULL,
    alias_domain VARCHAR(64) DEFAULT '' NOT NULL,
    username VARCHAR(64) DEFAULT '' NOT NULL,
    domain VARCHAR(64) DEFAULT '' NOT NULL
);
CREATE INDEX IF NOT EXISTS dbaliases_alias_idx ON dbaliases (alias_username, alias_domain);
CREATE INDEX IF NOT EXISTS dbaliases_target_idx ON dbaliases (username, domain);
CREATE TABLE IF NOT EXISTS grp (
    id SERIAL PRIMARY KEY,
    username VARCHAR(64) DEFAULT '' NOT NULL,
    domain VARCHAR(64) DEFAULT '' NOT NULL,
    grp VARCHAR(64) DEFAULT '' NOT NULL,
    last_modified TIMESTAMP WITHOUT TIME ZONE DEFAULT '2000-01-01 00:00:01' NOT NULL,
    CONSTRAINT grp_account_group_idx UNIQUE (username, domain, grp)
);
CREATE TABLE IF NOT EXISTS usr_preferences (
    id SERIAL PRIMARY KEY,
    uuid VARCHAR(64) DEFAULT '' NOT NULL,
    username VARCHAR(255) DEFAULT 0 NOT NULL,
    domain VARCHAR(64) DEFAULT '' NOT NULL,
    attribute VARCHAR(32) DEFAULT '' NOT NULL,
    type INTEGER DEFAULT 0 NOT NULL,
    value VARCHAR(128) DEFAULT '' NOT NULL,
    last_modified TIMESTAMP WITHOUT TIME ZONE DEFAULT '2000-01-01 00:00:01' NOT NULL
);
CREATE INDEX IF NOT EXISTS usr_preferences_ua_idx ON usr_preferences (uuid, attribute);
CREATE INDEX IF NOT EXISTS usr_preferences_uda_idx ON usr_preferences (username, domain, attribute);
CREATE TABLE IF NOT EXISTS dialplan (
    id SERIAL PRIMARY KEY,
    dpid INTEGER NOT NULL,
    pr INTEGER NOT NULL,
    match_op INTEGER NOT NULL,
    match_exp VARCHAR(64) NOT NULL,
    match_len INTEGER NOT NULL,
    subst_exp VARCHAR(64) NOT NULL,
    repl_exp VARCHAR(256) NOT NULL,
    attrs VARCHAR(64) NOT NULL
);

-- Filled by the operator: the neighbours that carry calls to and from other networks (set 1).
CREATE TABLE IF NOT EXISTS dispatcher (
    id SERIAL PRIMARY KEY,
    setid INTEGER DEFAULT 0 NOT NULL,
    destination VARCHAR(192) DEFAULT '' NOT NULL,
    flags INTEGER DEFAULT 0 NOT NULL,
    priority INTEGER DEFAULT 0 NOT NULL,
    attrs VARCHAR(128) DEFAULT '' NOT NULL,
    description VARCHAR(64) DEFAULT '' NOT NULL
);

-- Written by Kamailio. Times without a zone are UTC: Kamailio runs with TZ=UTC.
CREATE TABLE IF NOT EXISTS location (
    id SERIAL PRIMARY KEY,
    ruid VARCHAR(64) DEFAULT '' NOT NULL,
    username VARCHAR(64) DEFAULT '' NOT NULL,
    domain VARCHAR(64) DEFAULT NULL,
    contact VARCHAR(512) DEFAULT '' NOT NULL,
    received VARCHAR(128) DEFAULT NULL,
    path VARCHAR(512) DEFAULT NULL,
    expires TIMESTAMP WITHOUT TIME ZONE DEFAULT '2030-05-28 21:32:15' NOT NULL,
    q REAL DEFAULT 1.0 NOT NULL,
    callid VARCHAR(255) DEFAULT 'Default-Call-ID' NOT NULL,
    cseq INTEGER DEFAULT 1 NOT NULL,
    last_modified TIMESTAMP WITHOUT TIME ZONE DEFAULT '2000-01-01 00:00:01' NOT NULL,
    flags INTEGER DEFAULT 0 NOT NULL,
    cflags INTEGER DEFAULT 0 NOT NULL,
    user_agent VARCHAR(255) DEFAULT '' NOT NULL,
    socket VARCHAR(64) DEFAULT NULL,
    methods INTEGER DEFAULT NULL,
    instance VARCHAR(255) DEFAULT NULL,
    reg_id INTEGER DEFAULT 0 NOT NULL,
    server_id INTEGER DEFAULT 0 NOT NULL,
    connection_id INTEGER DEFAULT 0 NOT NULL,
    keepalive INTEGER DEFAULT 0 NOT NULL,
    partition INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT location_ruid_idx UNIQUE (ruid)
);
CREATE INDEX IF NOT EXISTS location_account_contact_idx ON location (username, domain, contact);
CREATE INDEX IF NOT EXISTS location_expires_idx ON location (expires);
-- Ours: the row of a contact is updated by each REGISTER, so this stays the moment of the first one.
ALTER TABLE location ADD COLUMN IF NOT EXISTS registered_at TIMESTAMPTZ DEFAULT now() NOT NULL;
CREATE TABLE IF NOT EXISTS location_attrs (
    id SERIAL PRIMARY KEY,
    ruid VARCHAR(64) DEFAULT '' NOT NULL,
    username VARCHAR(64) DEFAULT '' NOT NULL,
    domain VARCHAR(64) DEFAULT NULL,
    aname VARCHAR(64) DEFAULT '' NOT NULL,
    atype INTEGER DEFAULT 0 NOT NULL,
    avalue VARCHAR(512) DEFAULT '' NOT NULL,
    last_modified TIMESTAMP WITHOUT TIME ZONE DEFAULT '2000-01-01 00:00:01' NOT NULL
);
CREATE TABLE IF NOT EXISTS dialog (
    id SERIAL PRIMARY KEY,
    hash_entry INTEGER NOT NULL,
    hash_id INTEGER NOT NULL,
    callid VARCHAR(255) NOT NULL,
    from_uri VARCHAR(255) NOT NULL,
    from_tag VARCHAR(128) NOT NULL,
    to_uri VARCHAR(255) NOT NULL,
    to_tag VARCHAR(128) NOT NULL,
    caller_cseq VARCHAR(20) NOT NULL,
    callee_cseq VARCHAR(20) NOT NULL,
    caller_route_set VARCHAR(512),
    callee_route_set VARCHAR(512),
    caller_contact VARCHAR(255) NOT NULL,
    callee_contact VARCHAR(255) NOT NULL,
    caller_sock VARCHAR(64) NOT NULL,
    callee_sock VARCHAR(64) NOT NULL,
    state INTEGER NOT NULL,
    start_time INTEGER NOT NULL,
    timeout INTEGER DEFAULT 0 NOT NULL,
    sflags INTEGER DEFAULT 0 NOT NULL,
    iflags INTEGER DEFAULT 0 NOT NULL,
    toroute_name VARCHAR(32),
    req_uri VARCHAR(255) NOT NULL,
    xdata VARCHAR(512)
);
CREATE INDEX IF NOT EXISTS dialog_hash_idx ON dialog (hash_entry, hash_id);
CREATE INDEX IF NOT EXISTS dialog_call_idx ON dialog (md5(callid)); -- ours: the route asks so for a call
CREATE TABLE IF NOT EXISTS dialog_vars (
    id SERIAL PRIMARY KEY,
    hash_entry INTEGER NOT NULL,
    hash_id INTEGER NOT NULL,
    dialog_key VARCHAR(128) NOT NULL,
    dialog_value VARCHAR(512) NOT NULL
);
CREATE INDEX IF NOT EXISTS dialog_vars_hash_idx ON dialog_vars (hash_entry, hash_id);

-- Records of calls (module acc): one row for each call, answered or not; a forwarded call has a row for each leg.
CREATE TABLE IF NOT EXISTS acc_cdrs (
    id SERIAL PRIMARY KEY,
    start_time TIMESTAMP WITHOUT TIME ZONE DEFAULT '2000-01-01 00:00:00' NOT NULL,
    end_time TIMESTAMP WITHOUT TIME ZONE DEFAULT '2000-01-01 00:00:00' NOT NULL,
    duration REAL DEFAULT 0 NOT NULL
);
ALTER TABLE acc_cdrs
    ADD COLUMN IF NOT EXISTS setup_time TIMESTAMP WITHOUT TIME ZONE,   -- the INVITE; start_time is the answer
    ADD COLUMN IF NOT EXISTS caller VARCHAR(64) DEFAULT '' NOT NULL,       -- +E.164; empty if the network hid it
    ADD COLUMN IF NOT EXISTS callee VARCHAR(64) DEFAULT '' NOT NULL,       -- +E.164, or a short number as dialled
    ADD COLUMN IF NOT EXISTS account_code VARCHAR(64) DEFAULT '' NOT NULL, -- auth name of the trunk that pays; or empty
    ADD COLUMN IF NOT EXISTS sip_code VARCHAR(3) DEFAULT '' NOT NULL,      -- 200: answered
    ADD COLUMN IF NOT EXISTS call_id VARCHAR(255) DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS leg SMALLINT DEFAULT 0 NOT NULL,              -- 0, and 1, 2 … for forwarded legs
    ADD COLUMN IF NOT EXISTS written_at TIMESTAMPTZ DEFAULT clock_timestamp() NOT NULL,
    ADD COLUMN IF NOT EXISTS setup_epoch VARCHAR(16) DEFAULT '' NOT NULL,  -- as the route says them, for the trigger
    ADD COLUMN IF NOT EXISTS path VARCHAR(512) DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS answered VARCHAR(20) DEFAULT '' NOT NULL,     -- epoch seconds with fractions
    ADD COLUMN IF NOT EXISTS ended VARCHAR(20) DEFAULT '' NOT NULL;        -- only if the switch itself ended the call
CREATE INDEX IF NOT EXISTS acc_cdrs_start_time_idx ON acc_cdrs (start_time);

-- `path` is «called=auth name of who pays», one part for each leg: «+375447112031=office-1;+375172700001=office-2».
-- The row becomes the last leg; the legs before it are added as rows of their own with the same call_id.
CREATE OR REPLACE FUNCTION cabinet_legs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parts TEXT[] := string_to_array(NEW.path, ';');
    last_leg INTEGER := coalesce(array_length(parts, 1), 0) - 1;
BEGIN
    IF last_leg < 0 THEN
        RETURN NEW;
    END IF;
    NEW.path := '';
    NEW.setup_time := coalesce(to_timestamp(nullif(NEW.setup_epoch, '')::bigint) AT TIME ZONE 'UTC', NEW.start_time);
    IF NEW.answered <> '' AND NEW.ended <> '' THEN
        NEW.duration := greatest(NEW.ended::numeric - NEW.answered::numeric, 0);
        NEW.end_time := date_trunc('second', to_timestamp(NEW.ended::numeric) AT TIME ZONE 'UTC');
    END IF;
    IF NEW.sip_code <> '200' THEN
        NEW.duration := 0;
        NEW.start_time := NEW.setup_time;
    END IF;
    FOR number IN 0 .. last_leg LOOP
        NEW.leg := number;
        NEW.callee := split_part(parts[number + 1], '=', 1);
        NEW.account_code := split_part(parts[number + 1], '=', 2);
        IF number < last_leg THEN
            INSERT INTO acc_cdrs (start_time, end_time, duration, setup_time, caller, callee, account_code, sip_code,
                                  call_id, leg, setup_epoch)
            VALUES (NEW.start_time, NEW.end_time, NEW.duration, NEW.setup_time, NEW.caller, NEW.callee,
                    NEW.account_code, NEW.sip_code, NEW.call_id, NEW.leg, NEW.setup_epoch);
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cabinet_legs BEFORE INSERT ON acc_cdrs FOR EACH ROW EXECUTE FUNCTION cabinet_legs();

-- --- What the route of kamailio.cfg writes and asks ------------------------------------------------------------------
-- Refused calls and registrations, for the pages and for support. Kamailio deletes rows older than a week.
CREATE TABLE IF NOT EXISTS cabinet_refusals (
    id BIGSERIAL PRIMARY KEY,
    at TIMESTAMPTZ DEFAULT clock_timestamp() NOT NULL,
    reason VARCHAR(24) NOT NULL,
    sip_code INTEGER NOT NULL,
    method VARCHAR(16) NOT NULL,
    login VARCHAR(64) DEFAULT '' NOT NULL,
    caller VARCHAR(64) DEFAULT '' NOT NULL,
    callee VARCHAR(64) DEFAULT '' NOT NULL,
    source VARCHAR(64) DEFAULT '' NOT NULL
);
CREATE INDEX IF NOT EXISTS cabinet_refusals_login_idx ON cabinet_refusals (login, at);
CREATE INDEX IF NOT EXISTS cabinet_refusals_at_idx ON cabinet_refusals (at);

-- When each login registered for the first and the last time: `location` forgets what has expired.
CREATE TABLE IF NOT EXISTS cabinet_seen (
    login VARCHAR(64) NOT NULL,
    domain VARCHAR(64) NOT NULL,
    first_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    last_at TIMESTAMPTZ DEFAULT now() NOT NULL,
    PRIMARY KEY (login, domain)
);
CREATE OR REPLACE FUNCTION cabinet_seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cabinet_seen (login, domain) VALUES (NEW.username, coalesce(NEW.domain, ''))
        ON CONFLICT (login, domain) DO UPDATE SET last_at = now();
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER cabinet_seen AFTER INSERT OR UPDATE ON location FOR EACH ROW EXECUTE FUNCTION cabinet_seen();

-- All that the route needs of a number (digits without «+»): one query for each side of a call.
CREATE OR REPLACE FUNCTION cabinet_number(asked TEXT, asked_domain TEXT)
RETURNS TABLE (number TEXT, login TEXT, channels INTEGER, is_trunk INTEGER, by_address INTEGER, groups TEXT,
               forward_all TEXT, forward_busy TEXT, forward_no_answer TEXT, contact TEXT)
LANGUAGE sql STABLE AS $$
    WITH found AS (
        SELECT version.uuid, coalesce(alias.username, version.username) AS login
          FROM usr_preferences version
          LEFT JOIN dbaliases alias ON alias.alias_username = version.username AND alias.alias_domain = version.domain
         WHERE version.username = asked AND version.domain = asked_domain AND version.attribute = 'cabinet-version'
         LIMIT 1
    ), own AS (
        SELECT attribute, max(value) AS value FROM usr_preferences
         WHERE username = asked AND domain = asked_domain AND attribute LIKE 'forward-%' GROUP BY attribute
    ), trunk AS (
        SELECT row.attribute, row.value, row.uuid FROM found JOIN usr_preferences row
            ON row.username = found.login AND row.domain = asked_domain
           AND row.attribute IN ('channels', 'sip-mode', 'transport')
    ), host AS (
        SELECT row.ip_addr FROM found JOIN address row ON row.tag = found.login || '@' || asked_domain
         WHERE row.grp = 1 AND row.mask IN (32, 128)
           AND (SELECT value FROM trunk WHERE attribute = 'sip-mode') = 'by_address'
         ORDER BY row.id LIMIT 1
    )
    SELECT asked, found.login,
           (SELECT value::integer FROM trunk WHERE attribute = 'channels'),
           (EXISTS (SELECT FROM trunk WHERE trunk.uuid = found.uuid))::integer,
           (EXISTS (SELECT FROM trunk WHERE attribute = 'sip-mode' AND value = 'by_address'))::integer,
           ' ' || coalesce((SELECT string_agg(grp, ' ') FROM grp WHERE username = asked AND domain = asked_domain), '')
               || ' ',
           coalesce((SELECT value FROM own WHERE attribute = 'forward-all'), ''),
           coalesce((SELECT value FROM own WHERE attribute = 'forward-busy'), ''),
           coalesce((SELECT value FROM own WHERE attribute = 'forward-no-answer'), ''),
           coalesce((SELECT CASE WHEN ip_addr LIKE '%:%' THEN '[' || ip_addr || ']' ELSE ip_addr END FROM host)
                    || coalesce(';transport=' || (SELECT value FROM trunk WHERE attribute = 'transport'), ''), '')
      FROM found
     WHERE EXISTS (SELECT FROM trunk WHERE attribute = 'channels')
$$;

-- The trunk's own number, for a call that shows the login, or an emergency call that shows another's number.
CREATE OR REPLACE FUNCTION cabinet_own_number(asked_login TEXT, asked_domain TEXT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT version.username FROM usr_preferences trunk JOIN usr_preferences version ON version.uuid = trunk.uuid
     WHERE trunk.username = asked_login AND trunk.domain = asked_domain AND trunk.attribute = 'channels'
       AND version.attribute = 'cabinet-version' AND version.username <> ''
     LIMIT 1
$$;

-- Changes when the portal or the operator has changed a table that Kamailio keeps in memory.
CREATE OR REPLACE VIEW cabinet_memory AS
SELECT (SELECT count(*) || ':' || coalesce(max(id), 0) FROM address) AS address,
       (SELECT count(*) || ':' || coalesce(max(id), 0) FROM dialplan) AS dialplan,
       (SELECT md5(coalesce(string_agg(concat_ws('|', id, setid, destination, flags, priority, attrs), ';' ORDER BY id), ''))
          FROM dispatcher) AS dispatcher;

-- --- What the portal reads -------------------------------------------------------------------------------------------
CREATE OR REPLACE VIEW cabinet_registrations AS
SELECT username AS login, domain, contact, coalesce(received, '') AS received, user_agent, registered_at,
       last_modified AT TIME ZONE 'UTC' AS refreshed_at, expires AT TIME ZONE 'UTC' AS expires_at
  FROM location
 WHERE expires > now() AT TIME ZONE 'UTC';

-- Answered calls that are going on. `path` is that of acc_cdrs; logins are those of the trunks that take part.
CREATE OR REPLACE VIEW cabinet_calls AS
SELECT call.id, call.callid AS call_id, to_timestamp(call.start_time) AS started_at,
       coalesce(max(var.dialog_value) FILTER (WHERE var.dialog_key = 'caller'), '') AS caller,
       coalesce(max(var.dialog_value) FILTER (WHERE var.dialog_key = 'path'), '') AS path,
       coalesce(max(var.dialog_value) FILTER (WHERE var.dialog_key = 'from_login'), '') AS from_login,
       coalesce(max(var.dialog_value) FILTER (WHERE var.dialog_key = 'to_login'), '') AS to_login
  FROM dialog call LEFT JOIN dialog_vars var USING (hash_entry, hash_id)
 WHERE call.state IN (3, 4)
 GROUP BY call.id, call.callid, call.start_time;

-- --- Logins and rights -----------------------------------------------------------------------------------------------
SELECT 'CREATE ROLE kamailio' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kamailio') \gexec
SELECT 'CREATE ROLE cabinet' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cabinet') \gexec
ALTER ROLE kamailio LOGIN PASSWORD :'kamailio_password';
ALTER ROLE cabinet LOGIN PASSWORD :'cabinet_password';
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO kamailio, cabinet;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO kamailio;
GRANT INSERT, UPDATE, DELETE ON location, location_attrs, dialog, dialog_vars TO kamailio;
GRANT INSERT ON acc_cdrs TO kamailio;
GRANT INSERT, DELETE ON cabinet_refusals TO kamailio;
GRANT INSERT, UPDATE ON cabinet_seen TO kamailio;
GRANT USAGE ON SEQUENCE location_id_seq, location_attrs_id_seq, dialog_id_seq, dialog_vars_id_seq, acc_cdrs_id_seq,
    cabinet_refusals_id_seq TO kamailio;
GRANT SELECT, INSERT, DELETE ON subscriber, address, dbaliases, grp, usr_preferences, dialplan TO cabinet;
GRANT USAGE ON SEQUENCE subscriber_id_seq, address_id_seq, dbaliases_id_seq, grp_id_seq, usr_preferences_id_seq,
    dialplan_id_seq TO cabinet;
GRANT SELECT ON acc_cdrs, cabinet_refusals, cabinet_seen, cabinet_registrations, cabinet_calls TO cabinet;
COMMIT;
