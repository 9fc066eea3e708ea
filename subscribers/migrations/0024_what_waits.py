"""Indexes by which the desk counts what waits and what happened today, however large the tables are (4.2)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0023_dialled_numbers")]

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
            model_name="callreject",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["created_at"], name="reject_waiting"),
        ),
    ]
