"""Indexes by which the desk counts what waits and what happened today, however large the tables are (4.2)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0023_search_indexes")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["created_at"], name="payment_booked"),
        ),
        migrations.AddIndex(
            model_name="suspensepayment",
            index=models.Index(
                condition=models.Q(("resolved_at__isnull", True)), fields=["created_at"], name="suspense_waiting"
            ),
        ),
    ]
