"""Customers loaded from a file, and the report of each row; customers' pages have no right to read them (4.11)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0006_call_drafts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerLoad",
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
                ("whole", models.PositiveIntegerField(default=0, verbose_name="строк")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="пройдено")),
                (
                    "ordered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто начал",
                    ),
                ),
                (
                    "table",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="load",
                        to="desk.tableimport",
                        verbose_name="файл",
                    ),
                ),
            ],
            options={
                "verbose_name": "загрузка клиентов",
                "verbose_name_plural": "загрузки клиентов",
                "permissions": [("load_opening_balances", "Может вносить входящие сальдо из файла")],
                "abstract": False,
                "default_permissions": ("add", "view"),
            },
        ),
        migrations.CreateModel(
            name="LoadedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="строка")),
                ("state", models.CharField(max_length=5, verbose_name="что")),
                ("account", models.CharField(blank=True, max_length=12, verbose_name="лицевой счёт")),
                ("phone", models.CharField(blank=True, max_length=16, verbose_name="номер")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="клиент")),
                ("makes", models.JSONField(default=list)),
                ("faults", models.JSONField(default=list)),
                (
                    "load",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="desk.customerload",
                    ),
                ),
            ],
            options={
                "verbose_name": "строка загрузки",
                "verbose_name_plural": "строки загрузки",
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="customerload",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="customerload_due"),
        ),
        migrations.AddIndex(
            model_name="customerload",
            index=models.Index(
                condition=models.Q(("state__in", ["refused", "parked"])),
                fields=["finished_at"],
                name="customerload_stopped",
            ),
        ),
        migrations.AddConstraint(
            model_name="loadedrow",
            constraint=models.UniqueConstraint(fields=("load", "number"), name="loaded_row_once"),
        ),
        SharedTable("desk_customerload", app="SELECT, INSERT, UPDATE"),
        SharedTable("desk_loadedrow", app="SELECT, INSERT"),
    ]
