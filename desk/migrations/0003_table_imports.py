"""Tables that staff upload, kept between check and application. Customers' pages have no right to them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0002_role"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TableImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="что")),
                ("day", models.DateField(blank=True, null=True, verbose_name="действует с")),
                ("origin", models.CharField(default="file", max_length=4, verbose_name="откуда")),
                ("file_name", models.CharField(max_length=200, verbose_name="файл")),
                ("sha256", models.CharField(editable=False, max_length=64)),
                ("content", models.BinaryField(null=True)),
                ("uploaded_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="загружено")),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="принято")),
                ("discarded_at", models.DateTimeField(blank=True, null=True, verbose_name="отменено")),
                ("outcome", models.JSONField(default=dict, editable=False, verbose_name="итог")),
                (
                    "applied_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто принял",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто загрузил",
                    ),
                ),
            ],
            options={
                "verbose_name": "загруженная таблица",
                "verbose_name_plural": "загруженные таблицы",
                "ordering": ["-uploaded_at", "-pk"],
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["-uploaded_at", "-id"], name="table_import_newest"),
                    models.Index(
                        condition=models.Q(("content__isnull", False)), fields=["uploaded_at"], name="table_import_kept"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("applied_at__isnull", True), ("discarded_at__isnull", True), _connector="OR"
                        ),
                        name="table_import_ends_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("content__isnull", True),
                            models.Q(("applied_at__isnull", True), ("discarded_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="table_import_keeps_no_applied_file",
                    ),
                ],
            },
        ),
        SharedTable("desk_tableimport", app="SELECT, INSERT, UPDATE"),
    ]
