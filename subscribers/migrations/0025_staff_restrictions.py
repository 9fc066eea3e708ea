"""Restrictions of outgoing calls that staff make for a whole account; customers' pages have no right to read them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_portal_reads_no_password"),
        ("subscribers", "0024_what_waits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffRestrictedNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounts.account")),
                (
                    "subscriber",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="subscribers.subscriber"),
                ),
                ("was_active", models.BooleanField(default=True, verbose_name="был активен")),
            ],
            options={
                "verbose_name": "номер, ограниченный оператором",
                "verbose_name_plural": "номера, ограниченные оператором",
            },
        ),
        migrations.CreateModel(
            name="StaffRestriction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200, verbose_name="основание")),
                ("started_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="с")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="снято")),
                ("lifted_why", models.CharField(blank=True, max_length=200, verbose_name="почему снято")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="accounts.account", verbose_name="лицевой счёт"
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто снял",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто ограничил",
                    ),
                ),
                (
                    "subscribers",
                    models.ManyToManyField(through="subscribers.StaffRestrictedNumber", to="subscribers.subscriber"),
                ),
            ],
            options={
                "verbose_name": "ограничение оператором",
                "verbose_name_plural": "ограничения оператором",
            },
        ),
        migrations.AddField(
            model_name="staffrestrictednumber",
            name="restriction",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="subscribers.staffrestriction"),
        ),
        migrations.AddConstraint(
            model_name="staffrestriction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True)), fields=("account",), name="one_staff_restriction"
            ),
        ),
        migrations.AddConstraint(
            model_name="staffrestrictednumber",
            constraint=models.UniqueConstraint(fields=("restriction", "subscriber"), name="restricted_by_staff_once"),
        ),
        TenantTable("subscribers_staffrestriction", portal="", app="SELECT, INSERT, UPDATE"),
        TenantTable("subscribers_staffrestrictednumber", portal="", app="SELECT, INSERT"),
        TenantReference("subscribers_staffrestrictednumber", "restriction_id", "subscribers_staffrestriction"),
        TenantReference("subscribers_staffrestrictednumber", "subscriber_id", "subscribers_subscriber"),
    ]
