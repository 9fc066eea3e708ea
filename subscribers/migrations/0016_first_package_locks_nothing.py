"""A package that came with the connection is not a change (3.3), so its lock is empty. One row a trunk is written."""

from django.db import migrations

UNLOCK = """
SET LOCAL lock_timeout = '10s';
UPDATE subscribers_channelassignment SET locked_until = started_at
WHERE started_by_id IS NULL AND locked_until > started_at;
"""


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0015_named_legs")]
    operations = [migrations.RunSQL(UNLOCK, migrations.RunSQL.noop)]
