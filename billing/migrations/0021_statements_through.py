"""Stores the day up to which bank statements are complete for customers' pages, which cannot read statements (2.2).

`billing.apps` stores the day after the migration; imports and dunning runs update it.
"""

from django.db import migrations, models

from sipcabinet.lib.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0020_calls_known"),
    ]

    operations = [
        migrations.CreateModel(
            name="StatementsThrough",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("through", models.DateField(null=True, verbose_name="выписки загружены полностью по")),
            ],
            options={
                "verbose_name": "полнота выписок",
                "verbose_name_plural": "полнота выписок",
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="statements_through_once")],
            },
        ),
        SharedTable("billing_statementsthrough", portal="SELECT", app="SELECT, INSERT, UPDATE"),
    ]
