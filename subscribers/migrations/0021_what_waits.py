"""Indexes by which the desk counts what waits and what happened today, however large the tables are (4.2)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0020_second_leg")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="calldailytotal",
            index=models.Index(fields=["day"], name="daily_total_day"),
        ),
        migrations.AddIndex(
            model_name="calldailytotal",
            index=models.Index(
                condition=models.Q(("destination", None), ("direction", "out")),
                fields=["charged_in"],
                name="daily_total_unrated",
            ),
        ),
        migrations.AddIndex(
            model_name="callimport",
            index=models.Index(
                condition=models.Q(("state__in", ["parked", "refused"])),
                fields=["finished_at"],
                name="callimport_stopped",
            ),
        ),
        migrations.AddIndex(
            model_name="callreject",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["created_at"], name="reject_waiting"),
        ),
        migrations.AddIndex(
            model_name="provisioningjob",
            index=models.Index(
                condition=models.Q(("state__in", ["parked", "refused"])),
                fields=["finished_at"],
                name="provisioningjob_stopped",
            ),
        ),
    ]
