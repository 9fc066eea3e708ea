"""Transfers of everything to a switch, and which switch has the state of a subscriber. Customers' pages have no right
to the new table.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0037_trunk_limits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="provisioning",
            name="applied_on",
            field=models.CharField(
                db_default="", default="", editable=False, max_length=200, verbose_name="на коммутаторе"
            ),
        ),
        migrations.CreateModel(
            name="SwitchTransfer",
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
                ("switch", models.CharField(max_length=200, verbose_name="коммутатор")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="основание")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="абонентов")),
                ("passed", models.PositiveIntegerField(default=0, verbose_name="пройдено")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="передано")),
                ("failed", models.PositiveIntegerField(default=0, verbose_name="не принято")),
                ("position", models.BigIntegerField(default=0, editable=False)),
                ("round", models.PositiveSmallIntegerField(default=1, editable=False)),
                ("faults", models.JSONField(default=list, editable=False, verbose_name="ошибки")),
                ("began_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="начата")),
                (
                    "trouble_since",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="коммутатор не отвечает с"
                    ),
                ),
                (
                    "ordered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто начал",
                    ),
                ),
            ],
            options={
                "verbose_name": "передача на коммутатор",
                "verbose_name_plural": "передачи на коммутатор",
                "abstract": False,
                "default_permissions": ("view", "add"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="switchtransfer_due"
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["refused", "parked"])),
                        fields=["finished_at"],
                        name="switchtransfer_stopped",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("state",), name="one_switch_transfer"
                    )
                ],
            },
        ),
        SharedTable("subscribers_switchtransfer", app="SELECT, INSERT, UPDATE"),
    ]
