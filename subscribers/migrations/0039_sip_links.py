"""Links under which telephones fetch their settings. A customer's page only reads those of its account."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_looks"),
        ("subscribers", "0038_switch_transfers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SipLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("yealink", "Yealink"), ("grandstream", "Grandstream"), ("fanvil", "Fanvil")],
                        max_length=12,
                        verbose_name="телефон",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=40, verbose_name="название")),
                ("mac", models.CharField(blank=True, max_length=12, verbose_name="MAC-адрес")),
                ("secret_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("token", models.CharField(blank=True, editable=False, max_length=64, null=True, unique=True)),
                ("created_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="создана")),
                ("expires_at", models.DateTimeField(verbose_name="действует до")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="отозвана")),
                ("fetches", models.PositiveSmallIntegerField(default=0, verbose_name="получений")),
                ("fetched_at", models.DateTimeField(blank=True, null=True, verbose_name="получено")),
                ("fetched_from", models.GenericIPAddressField(blank=True, null=True, verbose_name="с адреса")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="accounts.account", verbose_name="лицевой счёт"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто создал",
                    ),
                ),
                (
                    "trunk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.subscriber",
                        verbose_name="SIP-соединение",
                    ),
                ),
            ],
            options={
                "verbose_name": "ссылка для телефона",
                "verbose_name_plural": "ссылки для телефонов",
                "default_permissions": (),
                "indexes": [models.Index(fields=["trunk", "-id"], name="sip_link_of_trunk")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("mac", ""), ("name", ""), _negated=True), name="sip_link_of_device"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("mac", ""), ("mac__regex", "^[0-9a-f]{12}$"), _connector="OR"),
                        name="sip_link_mac",
                    ),
                ],
            },
        ),
        TenantTable("subscribers_siplink"),
        TenantReference("subscribers_siplink", "trunk_id", "subscribers_subscriber"),
    ]
