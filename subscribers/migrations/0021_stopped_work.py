"""Finds work that was given up by an index, for the counts of the operator's monitoring: most rows are done."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("subscribers", "0020_second_leg")]
    operations = [
        AddIndexConcurrently(
            model_name="callimport",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])),
                fields=["finished_at"],
                name="callimport_stopped",
            ),
        ),
        AddIndexConcurrently(
            model_name="provisioningjob",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])),
                fields=["finished_at"],
                name="provisioningjob_stopped",
            ),
        ),
    ]
