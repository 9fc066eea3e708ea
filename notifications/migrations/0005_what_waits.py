"""Indexes by which the desk counts what waits and what happened today, however large the tables are (4.2)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_references_of_own_account")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("state__in", ["parked", "refused"])), fields=["finished_at"], name="letter_stopped"
            ),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["created_at"], name="letter_age"),
        ),
    ]
