"""Days through which staff exempt an account from restriction for debt (4.8)."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
import sipcabinet.lib.validity
from sipcabinet.lib.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_looks"),
        ("billing", "0027_money_mended"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DunningExemption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField(verbose_name="с")),
                ("until", models.DateField(verbose_name="не ограничивать по")),
                ("reason", models.CharField(max_length=200, verbose_name="основание")),
                ("granted_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="когда дана")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="отозвана")),
                ("withdrawn_why", models.CharField(blank=True, max_length=200, verbose_name="почему отозвана")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exemptions",
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто дал",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто отозвал",
                    ),
                ),
            ],
            options={
                "verbose_name": "отсрочка ограничения",
                "verbose_name_plural": "отсрочки ограничения",
                "indexes": [models.Index(fields=["account", "-until"], name="exemption_of_account")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gte", models.F("since"))), name="exemption_days"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        expressions=[
                            ("account", "="),
                            (
                                sipcabinet.lib.validity.DateRange(
                                    "since",
                                    "until",
                                    django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True),
                                ),
                                "&&",
                            ),
                        ],
                        name="exemption_never_twice",
                    ),
                ],
            },
        ),
        TenantTable("billing_dunningexemption", app="SELECT, INSERT, UPDATE"),
    ]
