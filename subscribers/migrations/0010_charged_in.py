"""The month that charges a call: its own, or a later one if the call was imported after its own had closed (4.7).

New partitions are created LIKE the table, so they have the column too.
"""

from django.db import migrations, models

CALLS = """
SET LOCAL lock_timeout = '10s';
ALTER TABLE subscribers_callrecord ADD COLUMN charged_in date;
UPDATE subscribers_callrecord SET charged_in = month;
ALTER TABLE subscribers_callrecord ALTER COLUMN charged_in SET NOT NULL,
    ADD CONSTRAINT call_charged_in_month CHECK (
        charged_in >= month AND charged_in = date_trunc('month', charged_in::timestamp)::date
    );
"""
TOTALS = "UPDATE subscribers_calldailytotal SET charged_in = date_trunc('month', day::timestamp)::date"


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0009_grants_of_charges")]
    operations = [
        migrations.RunSQL(CALLS, "ALTER TABLE subscribers_callrecord DROP COLUMN charged_in"),
        migrations.AddField("calldailytotal", "charged_in", models.DateField(null=True)),
        migrations.RunSQL(TOTALS, migrations.RunSQL.noop),
    ]
