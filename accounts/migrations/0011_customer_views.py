"""Views of customers' pages by staff (4.9): the permission, and the table, which customers' pages cannot read."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_written_applications"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="account",
            options={
                "permissions": [("view_as_customer", "Может смотреть кабинет глазами клиента")],
                "verbose_name": "лицевой счёт",
                "verbose_name_plural": "лицевые счета",
            },
        ),
        migrations.CreateModel(
            name="CustomerView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300, verbose_name="причина")),
                ("address", models.GenericIPAddressField(verbose_name="IP-адрес")),
                ("started_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="начат")),
                ("until", models.DateTimeField(verbose_name="действует до")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="закончен")),
                (
                    "ended_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("button", "по кнопке «Закончить просмотр»"),
                            ("expired", "время вышло"),
                            ("signed_out", "сотрудник вышел из кабинета"),
                            ("right_lost", "право на просмотр снято"),
                            ("other_view", "начат другой просмотр"),
                        ],
                        max_length=10,
                        verbose_name="чем закончен",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customer_views",
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customer_views",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="сотрудник",
                    ),
                ),
            ],
            options={
                "verbose_name": "просмотр кабинета",
                "verbose_name_plural": "просмотры кабинетов",
                "indexes": [
                    models.Index(condition=models.Q(("ended_at", None)), fields=["until"], name="customer_view_open")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", "")),
                            models.Q(("ended_at__isnull", False), models.Q(("ended_by", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="customer_view_ended_somehow",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("started_at"))), name="customer_view_has_an_end"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="customer_view_has_a_reason"
                    ),
                ],
            },
        ),
        # What a view was begun with never changes.
        TenantTable("accounts_customerview", portal="", app="SELECT, INSERT, UPDATE (ended_at, ended_by)"),
    ]
