"""Finds work that was given up by an index, for the counts of the operator's monitoring: most rows are done."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("announcements", "0002_rights")]
    operations = [
        AddIndexConcurrently(
            model_name="sending",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])), fields=["finished_at"], name="sending_stopped"
            ),
        ),
    ]
