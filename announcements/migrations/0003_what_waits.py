"""The index by which the desk counts stopped work (4.2)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("announcements", "0002_rights"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="sending",
            index=models.Index(
                condition=models.Q(("state__in", ["parked", "refused"])), fields=["finished_at"], name="sending_stopped"
            ),
        ),
    ]
