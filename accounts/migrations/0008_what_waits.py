"""Indexes by which the desk counts what waits and what happened today, however large the tables are (4.2)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_announced_until")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(condition=models.Q(("by_staff", True)), fields=["at"], name="audit_of_staff"),
        ),
        migrations.AddIndex(
            model_name="passwordrequest",
            index=models.Index(
                condition=models.Q(("state__in", ["parked", "refused"])),
                fields=["finished_at"],
                name="passwordrequest_stopped",
            ),
        ),
    ]
