"""Looks of the staff, and the indexes by which the staff's journal reads events and looks (4.10)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import AppendOnly, TenantTable

# Texts of the journal are found by any part of a word, in any case: what Django's `icontains` asks for.
WORDS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX audit_words ON accounts_auditevent USING gin (UPPER(summary::text) gin_trgm_ops);
CREATE INDEX look_words ON accounts_look USING gin (UPPER(summary::text) gin_trgm_ops);
"""
NO_WORDS = "DROP INDEX audit_words; DROP INDEX look_words"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_customer_views"),
    ]

    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("calls", "Звонки"),
                            ("letter", "Письма"),
                            ("file", "Файлы"),
                            ("secret", "Параметры SIP и секреты"),
                        ],
                        max_length=10,
                        verbose_name="что",
                    ),
                ),
                ("subject", models.CharField(max_length=120, verbose_name="код предмета")),
                ("summary", models.CharField(max_length=300, verbose_name="описание")),
                ("at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="время")),
                ("hour", models.DateTimeField(verbose_name="час")),
                ("address", models.GenericIPAddressField(blank=True, null=True, verbose_name="IP-адрес")),
            ],
            options={
                "verbose_name": "просмотр",
                "verbose_name_plural": "просмотры",
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["-at", "-id"], name="audit_at"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["user", "-at", "-id"], name="audit_of_user"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["action", "-at", "-id"], name="audit_of_action"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["address", "-at", "-id"], name="audit_from_address"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(condition=models.Q(("by_staff", True)), fields=["-at", "-id"], name="audit_by_staff"),
        ),
        migrations.AddField(
            model_name="look",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.account",
                verbose_name="лицевой счёт",
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто",
            ),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["-at", "-id"], name="look_at"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["account", "-at", "-id"], name="look_of_account"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["user", "-at", "-id"], name="look_of_user"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["kind", "-at", "-id"], name="look_of_kind"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["address", "-at", "-id"], name="look_from_address"),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.UniqueConstraint(
                fields=("user", "hour", "kind", "subject", "account", "address"),
                name="look_once_an_hour",
                nulls_distinct=False,
            ),
        ),
        TenantTable("accounts_look", portal="", app="SELECT, INSERT"),
        AppendOnly("accounts_look"),
        migrations.RunSQL(WORDS, NO_WORDS),
    ]
