"""Sources that the portal reads by itself, and calls that are held until staff decide about them (4.4).

Customers' pages have no right to the new tables.
"""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from sipcabinet.lib.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0035_calls_by_party"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="callsource",
            name="has_header",
            field=models.BooleanField(db_default=True, default=True, verbose_name="первая строка — заголовок"),
        ),
        migrations.AddField(
            model_name="callsource",
            name="kind",
            field=models.CharField(
                choices=[
                    ("files", "файлы: загрузка и папка"),
                    ("kamailio", "база Kamailio"),
                    ("asterisk", "таблица Asterisk (cdr_pgsql, cdr_adaptive_odbc)"),
                    ("http", "FreeSWITCH mod_json_cdr по HTTP"),
                ],
                db_default="files",
                default="files",
                max_length=8,
                verbose_name="откуда записи",
            ),
        ),
        migrations.AddField(
            model_name="callsource",
            name="longest_seconds",
            field=models.PositiveIntegerField(
                db_default=14400,
                default=14400,
                validators=[
                    django.core.validators.MinValueValidator(60),
                    django.core.validators.MaxValueValidator(2678400),
                ],
                verbose_name="самый длинный разговор, с",
            ),
        ),
        migrations.AddField(
            model_name="callsource",
            name="position",
            field=models.JSONField(default=dict, editable=False, verbose_name="прочитано из базы"),
        ),
        migrations.AddField(
            model_name="callsource",
            name="rules",
            field=models.JSONField(blank=True, default=list, verbose_name="замены в номерах"),
        ),
        migrations.AddField(
            model_name="callsource",
            name="secret",
            field=models.TextField(blank=True, db_default="", default="", editable=False, verbose_name="секрет"),
        ),
        migrations.AddField(
            model_name="callsource",
            name="zone",
            field=models.CharField(
                db_default="Europe/Minsk", default="Europe/Minsk", max_length=40, verbose_name="часовой пояс станции"
            ),
        ),
        migrations.AlterField(
            model_name="callsource",
            name="format",
            field=models.CharField(
                choices=[
                    ("freeswitch", "FreeSWITCH mod_cdr_csv"),
                    ("asterisk", "Asterisk cdr_csv"),
                    ("generic", "CSV любой станции"),
                    ("fs-json", "FreeSWITCH mod_json_cdr"),
                ],
                max_length=10,
                verbose_name="формат",
            ),
        ),
        migrations.CreateModel(
            name="HeldCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("call_id", models.CharField(max_length=100, verbose_name="ид звонка")),
                ("leg", models.CharField(max_length=100)),
                ("month", models.DateField(verbose_name="месяц")),
                ("started_at", models.DateTimeField(verbose_name="начало")),
                ("duration", models.PositiveIntegerField(verbose_name="длительность, с")),
                ("talk_seconds", models.PositiveIntegerField(verbose_name="разговор, с")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "ждёт"), ("settled", "решён")],
                        default="waiting",
                        max_length=8,
                        verbose_name="состояние",
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("as_is", "оплачивается как есть"),
                            ("seconds", "оплачиваются только эти секунды"),
                            ("nothing", "не оплачивается"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="решение",
                    ),
                ),
                ("billed_as", models.PositiveIntegerField(null=True, verbose_name="засчитано, с")),
                ("note", models.CharField(blank=True, default="", max_length=300, verbose_name="причина")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="решён")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="принят")),
                (
                    "call_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="subscribers.callimport", verbose_name="импорт"
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто решил",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="subscribers.callsource",
                        verbose_name="источник",
                    ),
                ),
            ],
            options={
                "verbose_name": "звонок на проверке",
                "verbose_name_plural": "звонки на проверке",
                "default_permissions": ("view", "change"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["created_at"], name="held_call_waiting"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "call_id", "leg", "month"), name="call_held_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at", None), ("state", "waiting")),
                            models.Q(("billed_as__isnull", False), ("settled_at__isnull", False), ("state", "settled")),
                            _connector="OR",
                        ),
                        name="held_call_settled_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReceivedRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content_key", models.CharField(max_length=64)),
                ("signature", models.CharField(blank=True, default="", max_length=64)),
                ("body", models.TextField()),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                (
                    "call_import",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.callimport",
                    ),
                ),
                ("source", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="subscribers.callsource")),
            ],
            options={
                "verbose_name": "принятая запись звонка",
                "verbose_name_plural": "принятые записи звонков",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("call_import", None)), fields=["id"], name="received_record_waits"
                    ),
                    models.Index(fields=["received_at"], name="received_record_age"),
                ],
                "constraints": [models.UniqueConstraint(fields=("source", "content_key"), name="record_received_once")],
            },
        ),
        SharedTable("subscribers_heldcall", app="SELECT, INSERT, UPDATE, DELETE"),
        SharedTable("subscribers_receivedrecord", app="SELECT, INSERT, UPDATE, DELETE"),
    ]
