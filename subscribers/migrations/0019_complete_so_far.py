"""What sources have told before this upgrade, of the calls of this month and the one before: one look at two partitions.

Older calls tell nothing of how complete today is. A source's files are taken as whole up to its latest call.
"""

from django.db import migrations

ACCOUNTS = """
INSERT INTO subscribers_accountsource (account_id, source_id, last_call_at)
SELECT account_id, source_id, max(started_at) FROM subscribers_callrecord
WHERE month >= (date_trunc('month', now() AT TIME ZONE 'Europe/Minsk') - interval '1 month')::date
GROUP BY account_id, source_id
ON CONFLICT DO NOTHING;
"""
SOURCES = """
UPDATE subscribers_callsource AS source SET complete_to = told.last
FROM (SELECT source_id, max(last_call_at) AS last FROM subscribers_accountsource GROUP BY source_id) AS told
WHERE told.source_id = source.id AND source.complete_to IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0018_grants_of_complete_to")]
    operations = [
        migrations.RunSQL(ACCOUNTS, migrations.RunSQL.noop),
        migrations.RunSQL(SOURCES, migrations.RunSQL.noop),
    ]
