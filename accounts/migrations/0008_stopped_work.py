"""Finds work that was given up by an index, for the counts of the operator's monitoring: most rows are done."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0007_announced_until")]
    operations = [
        AddIndexConcurrently(
            model_name="passwordrequest",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])),
                fields=["finished_at"],
                name="passwordrequest_stopped",
            ),
        ),
    ]
