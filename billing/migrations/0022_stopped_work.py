"""Finds work that was given up by an index, for the counts of the operator's monitoring: most rows are done."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0021_statements_through")]
    operations = [
        AddIndexConcurrently(
            model_name="documentorder",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])),
                fields=["finished_at"],
                name="documentorder_stopped",
            ),
        ),
        AddIndexConcurrently(
            model_name="invoicemailing",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])),
                fields=["finished_at"],
                name="invoicemailing_stopped",
            ),
        ),
    ]
