"""Reminders, restrictions and promises name a debt of any kind; reminders and promises name the restriction day."""

import django.db.models.deletion
from django.db import migrations, models

DEBT = {
    "null": True,
    "on_delete": django.db.models.deletion.PROTECT,
    "to": "billing.debt",
}


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_debts_so_far")]
    operations = [
        migrations.AddField("dunningnotice", "debt", models.ForeignKey(related_name="notices", **DEBT)),
        migrations.AddField("debtrestriction", "debt", models.ForeignKey(blank=True, verbose_name="долг", **DEBT)),
        migrations.AddField("paymentguarantee", "debt", models.ForeignKey(related_name="guarantees", **DEBT)),
        migrations.AddField(
            "dunningnotice",
            "restrict_on",
            models.DateField(blank=True, null=True, verbose_name="назван день ограничения"),
        ),
        migrations.AddField(
            "paymentguarantee",
            "restrict_on",
            models.DateField(blank=True, null=True, verbose_name="ограничение звонков с"),
        ),
        migrations.AlterField(
            "dunningnotice",
            "step",
            models.CharField(
                choices=[
                    ("told", "письмо о долге"),
                    ("before", "напоминание до срока"),
                    ("first", "первое напоминание"),
                    ("second", "второе напоминание"),
                    ("restrict", "ограничение исходящих звонков"),
                ],
                max_length=8,
                verbose_name="шаг",
            ),
        ),
    ]
