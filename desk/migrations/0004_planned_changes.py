"""Changes that staff have ordered for a coming day; customers' pages have no right to read them (4.11)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_looks"),
        ("desk", "0003_table_imports"),
        ("subscribers", "0029_former_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlannedChange",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("disconnect", "Отключение номера"),
                            ("port_out", "Перенос номера к другому оператору"),
                            ("change_plan", "Смена тарифного плана"),
                            ("close_account", "Закрытие лицевого счёта"),
                            ("suspend", "Приостановление по заявлению"),
                            ("resume", "Возобновление после приостановления"),
                        ],
                        max_length=16,
                        verbose_name="что",
                    ),
                ),
                ("day", models.DateField(verbose_name="с какого дня")),
                ("reason", models.CharField(max_length=200, verbose_name="основание")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="отменено")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто отменил",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned",
                        to="subscribers.tariffplan",
                        verbose_name="тарифный план",
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned",
                        to="subscribers.subscriber",
                        verbose_name="номер",
                    ),
                ),
            ],
            options={
                "verbose_name": "запланированное изменение",
                "verbose_name_plural": "запланированные изменения",
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="plannedchange_due"),
                    models.Index(
                        condition=models.Q(("state__in", ["refused", "parked"])),
                        fields=["finished_at"],
                        name="plannedchange_stopped",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "parked"))),
                        fields=["account"],
                        name="planned_of_account",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ("disconnect", "port_out", "change_plan")), ("subscriber__isnull", False)
                            ),
                            models.Q(
                                models.Q(("kind__in", ("disconnect", "port_out", "change_plan")), _negated=True),
                                ("subscriber__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="planned_change_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "change_plan"), ("plan__isnull", True), _connector="OR"),
                        name="planned_change_plan",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("subscriber",), name="one_planned_end"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting"), ("subscriber__isnull", True)),
                        fields=("account", "kind"),
                        name="one_planned_change",
                    ),
                ],
            },
        ),
        TenantTable("desk_plannedchange", portal="", app="SELECT, INSERT, UPDATE"),
        TenantReference("desk_plannedchange", "subscriber_id", "subscribers_subscriber"),
    ]
