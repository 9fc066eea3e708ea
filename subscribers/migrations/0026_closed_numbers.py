"""Finds the numbers closed in a month by an index: the review of a month asks for them (4.7)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0025_staff_restrictions")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)), fields=["closed_at"], name="subscriber_closed"
            ),
        ),
    ]
