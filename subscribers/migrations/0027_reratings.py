"""Re-ratings of months that staff order. Customers' pages have no right to them."""

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0026_closed_numbers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Rerating",
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
                ("is_rehearsal", models.BooleanField(default=False, verbose_name="пробный")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="звонков")),
                ("checked", models.PositiveIntegerField(default=0, verbose_name="проверено")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="изменилось")),
                ("without_rate", models.PositiveIntegerField(default=0, verbose_name="без тарифа")),
                ("imports", models.PositiveIntegerField(default=0, verbose_name="импортов во время пересчёта")),
                (
                    "before",
                    models.DecimalField(decimal_places=6, default=Decimal(0), max_digits=18, verbose_name="было, BYN"),
                ),
                (
                    "after",
                    models.DecimalField(decimal_places=6, default=Decimal(0), max_digits=18, verbose_name="стало, BYN"),
                ),
                (
                    "ordered_by",
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
                "verbose_name": "пересчёт звонков",
                "verbose_name_plural": "пересчёты звонков",
                "abstract": False,
                "default_permissions": ("view", "add", "change"),
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="rerating_due"),
                    models.Index(
                        condition=models.Q(("state__in", ["refused", "parked"])),
                        fields=["finished_at"],
                        name="rerating_stopped",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("month",), name="one_rerating_of_a_month"
                    ),
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="rerating_of_a_month"),
                ],
            },
        ),
        SharedTable("subscribers_rerating", app="SELECT, INSERT, UPDATE"),
    ]
