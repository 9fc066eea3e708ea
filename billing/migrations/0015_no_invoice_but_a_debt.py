"""Reminders, restrictions and promises name only their debt, no longer an invoice."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0014_debts_of_invoices")]
    operations = [
        migrations.AlterField(
            "dunningnotice",
            "debt",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="billing.debt",
                verbose_name="долг",
            ),
        ),
        migrations.AlterField(
            "paymentguarantee",
            "debt",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="guarantees",
                to="billing.debt",
                verbose_name="документ",
            ),
        ),
        migrations.RemoveConstraint("dunningnotice", "dunning_step_once"),
        migrations.AddConstraint(
            "dunningnotice", models.UniqueConstraint(fields=("debt", "step"), name="dunning_step_once")
        ),
        migrations.RemoveField("dunningnotice", "invoice"),
        migrations.RemoveField("debtrestriction", "invoice"),
        migrations.RemoveField("paymentguarantee", "invoice"),
    ]
