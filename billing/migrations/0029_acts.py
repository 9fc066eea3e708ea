"""Акты сверки of quarters, as they were sent, and the work that sends them (4.15)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import SharedTable, TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_looks"),
        ("billing", "0028_exemptions"),
        ("notifications", "0007_what_waits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReconciliationRun",
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
                ("first_day", models.DateField(verbose_name="с")),
                ("last_day", models.DateField(verbose_name="по")),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто начал",
                    ),
                ),
            ],
            options={
                "verbose_name": "рассылка актов сверки",
                "verbose_name_plural": "рассылки актов сверки",
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ReconciliationAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_day", models.DateField(verbose_name="с")),
                ("last_day", models.DateField(verbose_name="по")),
                ("made_at", models.DateTimeField(blank=True, null=True, verbose_name="сформирован")),
                ("is_failed", models.BooleanField(default=False, verbose_name="не сформирован")),
                (
                    "closing",
                    models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="сальдо на конец"),
                ),
                ("file_name", models.CharField(blank=True, max_length=200, verbose_name="имя файла")),
                ("content_type", models.CharField(blank=True, editable=False, max_length=100)),
                ("path", models.CharField(blank=True, editable=False, max_length=300)),
                ("sha256", models.CharField(blank=True, editable=False, max_length=64)),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="размер, байт")),
                ("confirmed_on", models.DateField(blank=True, null=True, verbose_name="подтверждён")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="когда внесено")),
                ("confirmed_how", models.CharField(blank=True, max_length=200, verbose_name="чем подтверждён")),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто внёс",
                    ),
                ),
                (
                    "letter",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reconciliation_act",
                        to="notifications.letter",
                        verbose_name="письмо",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="billing.reconciliationrun",
                        verbose_name="рассылка",
                    ),
                ),
            ],
            options={
                "verbose_name": "акт сверки за квартал",
                "verbose_name_plural": "акты сверки за кварталы",
            },
        ),
        migrations.AddIndex(
            model_name="reconciliationrun",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["due_at"], name="reconciliationrun_due"
            ),
        ),
        migrations.AddIndex(
            model_name="reconciliationrun",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])),
                fields=["finished_at"],
                name="reconciliationrun_stopped",
            ),
        ),
        migrations.AddIndex(
            model_name="reconciliationact",
            index=models.Index(fields=["first_day", "id"], name="act_of_quarter"),
        ),
        migrations.AddIndex(
            model_name="reconciliationact",
            index=models.Index(
                condition=models.Q(("is_failed", False), ("made_at__isnull", True)),
                fields=["run", "id"],
                name="act_to_make",
            ),
        ),
        migrations.AddIndex(
            model_name="reconciliationact",
            index=models.Index(fields=["path"], name="act_path"),
        ),
        migrations.AddConstraint(
            model_name="reconciliationact",
            constraint=models.UniqueConstraint(fields=("account", "first_day"), name="one_act_a_quarter"),
        ),
        migrations.AddConstraint(
            model_name="reconciliationact",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gt", models.F("first_day"))), name="act_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="reconciliationact",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_on__isnull", True), ("made_at__isnull", False), _connector="OR"),
                name="act_confirmed_when_made",
            ),
        ),
        SharedTable("billing_reconciliationrun", app="SELECT, INSERT, UPDATE"),
        TenantTable("billing_reconciliationact", app="SELECT, INSERT, UPDATE"),
        TenantReference("billing_reconciliationact", "letter_id", "notifications_letter"),
    ]
