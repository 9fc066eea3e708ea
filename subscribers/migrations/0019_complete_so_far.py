"""Fills completeness from calls imported before this upgrade, of this month and the last: one scan of two partitions.

Older calls do not show how complete the data is today. A source's files are treated as whole up to its latest call.
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
