"""Sums of calls by the other party, for the search by a part of a number (3.6), kept by triggers of the calls.

Calls are read during the migration, but not written: imports wait until the sums of the stored calls are made.
"""

import django.db.models.deletion
from django.db import migrations, models

from sipcabinet.lib.rls import TenantTable

TABLE = """
SET LOCAL lock_timeout = '10s';
SET LOCAL statement_timeout = 0;
CREATE TABLE subscribers_partytotal (
    account_id bigint NOT NULL,
    subscriber_id bigint NOT NULL,
    month date NOT NULL,
    charged_in date NOT NULL,
    direction varchar(3) NOT NULL,
    other_party varchar(32) NOT NULL,
    destination_id bigint,
    calls integer NOT NULL,
    answered integer NOT NULL,
    talk_seconds bigint NOT NULL,
    billed_seconds bigint NOT NULL,
    included_seconds bigint NOT NULL,
    cost numeric(16, 6) NOT NULL,
    fresh boolean NOT NULL DEFAULT true
);
CREATE INDEX party_total_of_subscriber ON subscribers_partytotal (fresh, subscriber_id, month, direction);
"""
_KEY = "account_id, subscriber_id, month, charged_in, direction, other_party, destination_id"
_ORDER = "ORDER BY subscriber_id, month, direction"
_SUMS = """count(*), count(*) FILTER (WHERE outcome = 'answered'), sum(talk_seconds), sum(billed_seconds),
    sum(included_seconds), sum(cost)"""
_LOSS = """-count(*), -(count(*) FILTER (WHERE outcome = 'answered')), -sum(talk_seconds), -sum(billed_seconds),
    -sum(included_seconds), -sum(cost)"""
_ADD = f"INSERT INTO subscribers_partytotal SELECT {_KEY}, {_SUMS} FROM added GROUP BY {_KEY} {_ORDER}"  # noqa: S608 - constants
_TAKE = f"INSERT INTO subscribers_partytotal SELECT {_KEY}, {_LOSS} FROM gone GROUP BY {_KEY} {_ORDER}"  # noqa: S608 - constants


def _trigger(name: str, event: str, tables: str, *statements: str) -> str:
    return f"""
    CREATE FUNCTION subscribers_{name}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
    BEGIN
        {"; ".join(statements)};
        RETURN NULL;
    END $$;
    CREATE TRIGGER {name} AFTER {event} ON subscribers_callrecord REFERENCING {tables}
        FOR EACH STATEMENT EXECUTE FUNCTION subscribers_{name}();
    """


TRIGGERS = (
    _trigger("party_added", "INSERT", "NEW TABLE AS added", _ADD)
    + _trigger("party_gone", "DELETE", "OLD TABLE AS gone", _TAKE)
    + _trigger("party_changed", "UPDATE", "OLD TABLE AS gone NEW TABLE AS added", _TAKE, _ADD)
)
STORED = f"""
INSERT INTO subscribers_partytotal
SELECT {_KEY}, {_SUMS}, false FROM subscribers_callrecord GROUP BY {_KEY} {_ORDER}, other_party
"""  # noqa: S608 - constants
BACK = "".join(
    f"DROP TRIGGER {name} ON subscribers_callrecord; DROP FUNCTION subscribers_{name}();"
    for name in ("party_added", "party_gone", "party_changed")
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_looks"), ("subscribers", "0033_suspended_fees")]
    operations = [
        migrations.CreateModel(
            name="PartyTotal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subscriber_id",
                        "month",
                        "direction",
                        "other_party",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subscriber_id", models.BigIntegerField()),
                ("month", models.DateField()),
                ("charged_in", models.DateField()),
                (
                    "direction",
                    models.CharField(choices=[("out", "исходящий"), ("in", "входящий")], max_length=3),
                ),
                ("other_party", models.CharField(max_length=32)),
                ("destination_id", models.BigIntegerField(null=True)),
                ("calls", models.IntegerField()),
                ("answered", models.IntegerField()),
                ("talk_seconds", models.BigIntegerField()),
                ("billed_seconds", models.BigIntegerField()),
                ("included_seconds", models.BigIntegerField()),
                ("cost", models.DecimalField(decimal_places=6, max_digits=16)),
                ("fresh", models.BooleanField(default=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="accounts.account",
                    ),
                ),
            ],
            options={"db_table": "subscribers_partytotal", "managed": False, "default_permissions": ()},
        ),
        migrations.RunSQL(TABLE, "DROP TABLE subscribers_partytotal"),
        TenantTable("subscribers_partytotal", app="SELECT, INSERT, DELETE"),
        migrations.RunSQL(TRIGGERS, BACK),
        migrations.RunSQL(STORED, migrations.RunSQL.noop),
    ]
