"""Call records: a table partitioned by the month of the call's start in Minsk, and the owner's functions for months.

The functions run with the owner's rights, so that the application can create a month ahead and drop a month past the
keeping time without owning the table.
"""

from django.db import migrations

TABLE = """
CREATE SEQUENCE subscribers_callrecord_id_seq AS bigint CACHE 100;
CREATE TABLE subscribers_callrecord (
    id bigint NOT NULL DEFAULT nextval('subscribers_callrecord_id_seq'),
    month date NOT NULL,
    account_id bigint NOT NULL REFERENCES accounts_account (id),
    subscriber_id bigint NOT NULL REFERENCES subscribers_subscriber (id),
    trunk_id bigint NOT NULL,
    source_id bigint NOT NULL,
    import_id bigint NOT NULL,
    call_id varchar(100) NOT NULL,
    leg varchar(100) NOT NULL,
    direction varchar(3) NOT NULL,
    outcome varchar(9) NOT NULL,
    started_at timestamptz NOT NULL,
    duration integer NOT NULL,
    talk_seconds integer NOT NULL,
    other_party varchar(32) NOT NULL,
    destination_id bigint,
    price_per_minute numeric(12, 6) NOT NULL,
    billed_seconds integer NOT NULL,
    included_seconds integer NOT NULL,
    cost numeric(14, 6) NOT NULL,
    fingerprint varchar(64) NOT NULL,
    CONSTRAINT call_month_is_of_start
        CHECK (month = date_trunc('month', started_at AT TIME ZONE 'Europe/Minsk')::date),
    CONSTRAINT call_seconds CHECK (
        0 <= talk_seconds AND talk_seconds <= duration AND 0 <= included_seconds AND included_seconds <= billed_seconds
    ),
    CONSTRAINT call_costs_only_out CHECK (cost >= 0 AND (direction = 'out' OR cost = 0)),
    PRIMARY KEY (id, month),
    CONSTRAINT call_once UNIQUE (source_id, call_id, leg, direction, month)
) PARTITION BY RANGE (month);
ALTER SEQUENCE subscribers_callrecord_id_seq OWNED BY subscribers_callrecord.id;
CREATE INDEX call_of_subscriber ON subscribers_callrecord (subscriber_id, started_at DESC, id DESC);
CREATE INDEX call_of_trunk ON subscribers_callrecord (trunk_id, started_at, id);
"""

ENSURE_PARTITION = """
CREATE FUNCTION subscribers_ensure_partition(first_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text := 'subscribers_callrecord_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF first_day <> date_trunc('month', first_day)::date THEN
        RAISE EXCEPTION 'not the first day of a month: %', first_day;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('subscribers_callrecord partitions'));
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE subscribers_callrecord INCLUDING ALL)', name);
    EXECUTE format(
        'ALTER TABLE subscribers_callrecord ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        name, first_day, (first_day + interval '1 month')::date
    );
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION subscribers_ensure_partition(date) FROM PUBLIC;
"""

DROP_PARTITION = """
CREATE FUNCTION subscribers_drop_partition(first_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text := 'subscribers_callrecord_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF first_day > (now() - interval '6 months')::date THEN
        RAISE EXCEPTION 'customers still see the calls of %', first_day;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('subscribers_callrecord partitions'));
    IF to_regclass(name) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('ALTER TABLE subscribers_callrecord DETACH PARTITION %I', name);
    EXECUTE format('DROP TABLE %I', name);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION subscribers_drop_partition(date) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0002_initial")]
    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE subscribers_callrecord"),
        migrations.RunSQL(ENSURE_PARTITION, "DROP FUNCTION subscribers_ensure_partition(date)"),
        migrations.RunSQL(DROP_PARTITION, "DROP FUNCTION subscribers_drop_partition(date)"),
    ]
