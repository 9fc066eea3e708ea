"""Indexes by which the desk counts what waits and what happened today, however large the tables are (4.2)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0006_search_indexes")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["created_at"], name="letter_age"),
        ),
    ]
