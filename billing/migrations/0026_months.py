"""Calculations of months to be reviewed, and the issuing of their invoices, as work of the desk (4.7).

Customers' pages have no right on these tables.
"""

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import SharedTable, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_looks"),
        ("billing", "0025_suppliers_of_corrections"),
        ("subscribers", "0025_staff_restrictions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="AccountDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "net",
                    models.DecimalField(decimal_places=2, default=Decimal(0), max_digits=14, verbose_name="без НДС"),
                ),
                ("vat", models.DecimalField(decimal_places=2, default=Decimal(0), max_digits=14, verbose_name="НДС")),
                ("before", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ("earlier", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ("by_kind", models.JSONField(default=dict)),
                (
                    "mark",
                    models.CharField(
                        choices=[
                            ("same", "как раньше"),
                            ("up", "намного больше"),
                            ("down", "намного меньше"),
                            ("new", "новый"),
                            ("lost", "ушёл"),
                            ("empty", "без начислений"),
                            ("failed", "не считается"),
                        ],
                        max_length=6,
                    ),
                ),
                ("weight", models.DecimalField(decimal_places=2, default=Decimal(0), max_digits=14)),
                ("why", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "verbose_name": "расчёт лицевого счёта",
                "verbose_name_plural": "расчёты лицевых счетов",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="IssueFailure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message", models.CharField(max_length=300, verbose_name="причина")),
                ("failed_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="когда")),
            ],
            options={
                "verbose_name": "невыставленный счёт",
                "verbose_name_plural": "невыставленные счета",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="MonthCalculation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="срок")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "ожидает"),
                            ("done", "выполнено"),
                            ("refused", "не доставлено"),
                            ("parked", "ошибка"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="состояние",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="попыток")),
                ("claim_token", models.UUIDField(blank=True, editable=False, null=True)),
                ("claimed_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("last_error", models.TextField(blank=True, verbose_name="последняя ошибка")),
                ("dedupe_key", models.CharField(blank=True, editable=False, max_length=200, null=True, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(default=sipcabinet.lib.clock.now, editable=False, verbose_name="создано"),
                ),
                ("finished_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="завершено")),
                ("month", models.DateField(verbose_name="месяц")),
                ("started_at", models.DateTimeField(null=True, verbose_name="начат")),
                ("after", models.CharField(blank=True, editable=False, max_length=12)),
                ("whole", models.PositiveIntegerField(default=0, verbose_name="лицевых счетов")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="посчитано")),
                (
                    "net",
                    models.DecimalField(decimal_places=2, default=Decimal(0), max_digits=16, verbose_name="без НДС"),
                ),
                ("vat", models.DecimalField(decimal_places=2, default=Decimal(0), max_digits=16, verbose_name="НДС")),
                ("calls", models.PositiveBigIntegerField(default=0, verbose_name="звонков")),
                ("seconds", models.PositiveBigIntegerField(default=0, verbose_name="секунд разговора")),
                ("lines", models.JSONField(default=dict)),
                ("marks", models.JSONField(default=dict)),
                ("made_of", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "расчёт месяца",
                "verbose_name_plural": "расчёты месяцев",
                "abstract": False,
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="MonthIssue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="срок")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "ожидает"),
                            ("done", "выполнено"),
                            ("refused", "не доставлено"),
                            ("parked", "ошибка"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="состояние",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="попыток")),
                ("claim_token", models.UUIDField(blank=True, editable=False, null=True)),
                ("claimed_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("last_error", models.TextField(blank=True, verbose_name="последняя ошибка")),
                ("dedupe_key", models.CharField(blank=True, editable=False, max_length=200, null=True, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(default=sipcabinet.lib.clock.now, editable=False, verbose_name="создано"),
                ),
                ("finished_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="завершено")),
                ("month", models.DateField(unique=True, verbose_name="месяц")),
                (
                    "reason",
                    models.CharField(blank=True, max_length=300, verbose_name="почему закрыт несмотря на записи"),
                ),
                ("after", models.CharField(blank=True, editable=False, max_length=12)),
                ("whole", models.PositiveIntegerField(default=0, verbose_name="лицевых счетов")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="пройдено")),
                ("only_failed", models.BooleanField(default=False, editable=False)),
                ("stopped_at", models.DateTimeField(null=True, verbose_name="остановлено")),
            ],
            options={
                "verbose_name": "выставление счетов",
                "verbose_name_plural": "выставления счетов",
                "permissions": [
                    ("close_month", "Может рассчитать и закрыть месяц, выставить счета"),
                    ("close_despite_rejects", "Может закрыть месяц несмотря на отклонённые звонки"),
                ],
                "abstract": False,
                "default_permissions": ("view",),
            },
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["month"], include=("net", "vat", "total"), name="invoice_of_month"),
        ),
        migrations.AddField(
            model_name="accountdraft",
            name="account",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="issuefailure",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.account",
                verbose_name="лицевой счёт",
            ),
        ),
        migrations.AddField(
            model_name="monthcalculation",
            name="ordered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто",
            ),
        ),
        migrations.AddField(
            model_name="accountdraft",
            name="calculation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="drafts",
                to="billing.monthcalculation",
            ),
        ),
        migrations.AddField(
            model_name="monthissue",
            name="ordered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто закрыл",
            ),
        ),
        migrations.AddField(
            model_name="monthissue",
            name="stopped_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто остановил",
            ),
        ),
        migrations.AddField(
            model_name="issuefailure",
            name="issue",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="failures",
                to="billing.monthissue",
            ),
        ),
        migrations.AddIndex(
            model_name="monthcalculation",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["due_at"], name="monthcalculation_due"
            ),
        ),
        migrations.AddIndex(
            model_name="monthcalculation",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])),
                fields=["finished_at"],
                name="monthcalculation_stopped",
            ),
        ),
        migrations.AddIndex(
            model_name="monthcalculation",
            index=models.Index(fields=["month", "-id"], name="calculation_newest"),
        ),
        migrations.AddConstraint(
            model_name="monthcalculation",
            constraint=models.CheckConstraint(condition=models.Q(("month__day", 1)), name="calculation_of_first_day"),
        ),
        migrations.AddConstraint(
            model_name="monthcalculation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("month",), name="one_calculation_at_a_time"
            ),
        ),
        migrations.AddIndex(
            model_name="accountdraft",
            index=models.Index(fields=["calculation", "mark", "-weight", "-id"], name="draft_by_mark"),
        ),
        migrations.AddConstraint(
            model_name="accountdraft",
            constraint=models.UniqueConstraint(fields=("calculation", "account"), name="draft_once"),
        ),
        migrations.AddIndex(
            model_name="monthissue",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="monthissue_due"),
        ),
        migrations.AddIndex(
            model_name="monthissue",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])),
                fields=["finished_at"],
                name="monthissue_stopped",
            ),
        ),
        migrations.AddConstraint(
            model_name="monthissue",
            constraint=models.CheckConstraint(condition=models.Q(("month__day", 1)), name="issue_of_first_day"),
        ),
        migrations.AddConstraint(
            model_name="issuefailure",
            constraint=models.UniqueConstraint(fields=("issue", "account"), name="failure_once"),
        ),
        SharedTable("billing_monthcalculation"),
        SharedTable("billing_monthissue"),
        TenantTable("billing_accountdraft", portal=""),
        TenantTable("billing_issuefailure", portal=""),
    ]
