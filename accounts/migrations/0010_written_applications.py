"""The register of written applications: customers' pages have no right to it, and staff do not rewrite a paper.

The application may change only the columns of the decision.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import TenantTable

DECISION = "state, decided_at, decided_by_id, answer, operation"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_search_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="WrittenApplication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("minutes", "Пакет минут"),
                            ("service", "Услуга по заявлению"),
                            ("email", "E-mail личного кабинета"),
                            ("cabinet", "Подключение личного кабинета"),
                            ("plan", "Тарифный план"),
                            ("port_out", "Перенос номера к другому оператору"),
                            ("other", "Другое"),
                        ],
                        max_length=8,
                        verbose_name="вид",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="номер")),
                ("written_on", models.DateField(verbose_name="дата заявления")),
                ("received_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="получено")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="примечание")),
                ("scan_path", models.CharField(editable=False, max_length=300)),
                ("scan_name", models.CharField(max_length=200, verbose_name="скан")),
                ("scan_type", models.CharField(editable=False, max_length=40)),
                ("scan_sha256", models.CharField(editable=False, max_length=64)),
                ("scan_size", models.PositiveIntegerField(verbose_name="размер скана, байт")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "получено"),
                            ("done", "выполнено"),
                            ("refused", "отказано"),
                            ("withdrawn", "отозвано"),
                        ],
                        default="received",
                        max_length=9,
                        verbose_name="состояние",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="решено")),
                ("answer", models.CharField(blank=True, max_length=500, verbose_name="результат")),
                ("operation", models.CharField(blank=True, max_length=20, verbose_name="операция")),
                ("dedupe_key", models.CharField(editable=False, max_length=100, unique=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто решил",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто принял",
                    ),
                ),
            ],
            options={
                "verbose_name": "заявление",
                "verbose_name_plural": "заявления",
                "indexes": [
                    models.Index(fields=["account", "-received_at", "-id"], name="application_of_account"),
                    models.Index(
                        condition=models.Q(("state", "received")),
                        fields=["received_at", "id"],
                        name="application_waiting",
                    ),
                    models.Index(fields=["-received_at", "-id"], name="application_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "received")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ["done", "refused", "withdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="application_decided_has_who",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("operation", ""), ("state", "received")),
                            models.Q(
                                models.Q(("state", "received"), _negated=True), models.Q(("answer", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="application_answer",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["received", "done"]), models.Q(("number", ""), _negated=True)
                        ),
                        fields=("account", "kind", "number", "written_on"),
                        name="application_once",
                    ),
                ],
            },
        ),
        TenantTable("accounts_writtenapplication", portal="", app=f"SELECT, INSERT, UPDATE ({DECISION})"),
    ]
