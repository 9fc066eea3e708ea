"""The package given at connection is not a change (3.3), so its lock becomes empty. Updates one row per trunk."""

from django.db import migrations

UNLOCK = """
SET LOCAL lock_timeout = '10s';
UPDATE subscribers_channelassignment SET locked_until = started_at
WHERE started_by_id IS NULL AND locked_until > started_at;
"""


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0015_named_legs")]
    operations = [migrations.RunSQL(UNLOCK, migrations.RunSQL.noop)]
