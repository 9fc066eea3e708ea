"""Rows of a number belong to the number's account: the database refuses a reference to another account's row."""

from django.db import migrations

from sipcabinet.lib.rls import OwnLogin, TenantReference

OF_SUBSCRIBER = (
    ("allowance", "trunk_id"),
    ("calldailytotal", "subscriber_id"),
    ("channelassignment", "subscriber_id"),
    ("channelpeak", "trunk_id"),
    ("charge", "subscriber_id"),
    ("minuteassignment", "subscriber_id"),
    ("operation", "subscriber_id"),
    ("provisioning", "subscriber_id"),
    ("provisioningjob", "subscriber_id"),
    ("serviceassignment", "subscriber_id"),
    ("sipaccount", "trunk_id"),
    ("subscriber", "trunk_id"),
)
ASSIGNMENTS = ("channelassignment", "minuteassignment", "serviceassignment")
# The composite key replaces the plain one: checking two keys for each call would slow imports down.
PLAIN = "ALTER TABLE subscribers_callrecord DROP CONSTRAINT subscribers_callrecord_subscriber_id_fkey"
PLAIN_AGAIN = (
    "ALTER TABLE subscribers_callrecord ADD CONSTRAINT subscribers_callrecord_subscriber_id_fkey"
    " FOREIGN KEY (subscriber_id) REFERENCES subscribers_subscriber (id)"
)


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0011_totals_charged_in")]
    operations = [
        *(TenantReference(f"subscribers_{table}", column, "subscribers_subscriber") for table, column in OF_SUBSCRIBER),
        *(
            TenantReference(f"subscribers_{table}", column, "subscribers_operation")
            for table in ASSIGNMENTS
            for column in ("started_by_id", "ended_by_id")
        ),
        TenantReference("subscribers_charge", "closing_id", "subscribers_accountmonth"),
        TenantReference("subscribers_callrecord", "subscriber_id", "subscribers_subscriber"),
        migrations.RunSQL(PLAIN, PLAIN_AGAIN),
        OwnLogin("subscribers_operation", "made_by_id"),
    ]
