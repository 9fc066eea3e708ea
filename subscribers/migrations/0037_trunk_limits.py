"""Limits of spending, bars of paid directions and alarms (16.6). An older portal goes on without any limit.

Customers' pages read the limits, crossings and bars; they change them as the application, after the password.
"""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import AppendOnly, TenantReference, TenantTable

APP = {
    "trunklimit": "SELECT, INSERT, UPDATE",
    "limitcrossing": "SELECT, INSERT",
    "trunkbar": "SELECT, INSERT, UPDATE",
    "fraudalarm": "SELECT, INSERT, UPDATE",
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_looks"),
        ("subscribers", "0036_call_sources"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FraudAlarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "sign",
                    models.CharField(
                        choices=[
                            ("night", "много платных звонков ночью"),
                            ("short", "много коротких звонков подряд"),
                            ("new", "новое дорогое направление"),
                            ("at_once", "много платных звонков одновременно"),
                        ],
                        max_length=8,
                        verbose_name="признак",
                    ),
                ),
                ("facts", models.JSONField(default=dict, verbose_name="что замечено")),
                ("raised_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="замечено")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "ждёт решения"), ("true", "взлом"), ("false", "ложная")],
                        default="waiting",
                        max_length=8,
                        verbose_name="решение",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="решено")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="основание")),
                ("quiet_until", models.DateTimeField(null=True, verbose_name="не тревожить до")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="accounts.account", verbose_name="лицевой счёт"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто решил",
                    ),
                ),
                (
                    "trunk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarms",
                        to="subscribers.subscriber",
                        verbose_name="SIP-соединение",
                    ),
                ),
            ],
            options={
                "verbose_name": "тревога",
                "verbose_name_plural": "тревоги",
                "default_permissions": ("view", "change"),
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["raised_at"], name="alarm_waiting"),
                    models.Index(fields=["trunk", "raised_at"], name="alarm_of_trunk"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("trunk", "sign"),
                        name="one_waiting_alarm_of_a_sign",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "waiting")),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="alarm_decided_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitCrossing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "owner",
                    models.CharField(
                        choices=[("customer", "лимит клиента"), ("operator", "лимит оператора")],
                        max_length=8,
                        verbose_name="чей",
                    ),
                ),
                (
                    "period",
                    models.CharField(
                        choices=[("day", "за день"), ("month", "за месяц")], max_length=5, verbose_name="период"
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[("cost", "сумма, BYN без НДС"), ("minutes", "минуты")],
                        max_length=7,
                        verbose_name="что",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="лимит")),
                ("since", models.DateField(verbose_name="период с")),
                ("percent", models.PositiveSmallIntegerField(verbose_name="достигнуто, %")),
                ("used", models.DecimalField(decimal_places=6, max_digits=16, verbose_name="израсходовано")),
                ("is_told", models.BooleanField(verbose_name="с письмом")),
                ("at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="когда")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="accounts.account", verbose_name="лицевой счёт"
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
                "verbose_name": "достижение лимита",
                "verbose_name_plural": "достижения лимитов",
                "default_permissions": ("view",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("trunk", "since", "period", "owner", "measure", "percent", "amount"),
                        name="limit_crossed_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TrunkBar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("customer", "исчерпан лимит клиента"),
                            ("operator", "исчерпан лимит оператора"),
                            ("alarm", "похоже на взлом АТС"),
                        ],
                        max_length=8,
                        verbose_name="причина",
                    ),
                ),
                (
                    "period",
                    models.CharField(
                        blank=True,
                        choices=[("day", "за день"), ("month", "за месяц")],
                        max_length=5,
                        verbose_name="период",
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        blank=True,
                        choices=[("cost", "сумма, BYN без НДС"), ("minutes", "минуты")],
                        max_length=7,
                        verbose_name="что",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name="лимит")),
                ("used", models.DecimalField(decimal_places=6, max_digits=16, null=True, verbose_name="израсходовано")),
                ("started_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="с")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="основание")),
                ("until", models.DateTimeField(null=True, verbose_name="до")),
                ("lifted_at", models.DateTimeField(null=True, verbose_name="снято")),
                ("lifted_why", models.CharField(blank=True, max_length=200, verbose_name="почему снято")),
                ("waived_until", models.DateTimeField(null=True, verbose_name="не закрывать до")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="accounts.account", verbose_name="лицевой счёт"
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто закрыл",
                    ),
                ),
                (
                    "trunk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bars",
                        to="subscribers.subscriber",
                        verbose_name="SIP-соединение",
                    ),
                ),
            ],
            options={
                "verbose_name": "закрытие платных направлений",
                "verbose_name_plural": "закрытия платных направлений",
                "default_permissions": ("view", "change"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("waived_until__isnull", False)), fields=["waived_until"], name="bar_waived"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("trunk", "cause"),
                        name="one_bar_of_a_cause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cause", "alarm"), ("until__isnull", True)),
                            models.Q(
                                ("amount__isnull", False),
                                ("until__isnull", False),
                                ("used__isnull", False),
                                models.Q(("cause", "alarm"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="bar_of_limit_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrunkLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "owner",
                    models.CharField(
                        choices=[("customer", "лимит клиента"), ("operator", "лимит оператора")],
                        max_length=8,
                        verbose_name="чей",
                    ),
                ),
                (
                    "day_cost",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="в день, BYN без НДС",
                    ),
                ),
                (
                    "month_cost",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=9,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="в месяц, BYN без НДС",
                    ),
                ),
                (
                    "day_minutes",
                    models.PositiveIntegerField(
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="в день, минут",
                    ),
                ),
                (
                    "month_minutes",
                    models.PositiveIntegerField(
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="в месяц, минут",
                    ),
                ),
                ("started_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="с")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="до")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="accounts.account", verbose_name="лицевой счёт"
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто изменил",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто задал",
                    ),
                ),
                (
                    "trunk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="limits",
                        to="subscribers.subscriber",
                        verbose_name="SIP-соединение",
                    ),
                ),
            ],
            options={
                "verbose_name": "лимит расходов",
                "verbose_name_plural": "лимиты расходов",
                "default_permissions": ("view", "change"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("trunk", "owner"),
                        name="one_limit_of_an_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day_cost__gt", 0),
                            ("month_cost__gt", 0),
                            ("day_minutes__gt", 0),
                            ("month_minutes__gt", 0),
                            _connector="OR",
                        ),
                        name="limit_bounds_something",
                    ),
                ],
            },
        ),
        *(
            operation
            for table, portal in (
                ("trunklimit", "SELECT"),
                ("limitcrossing", "SELECT"),
                ("trunkbar", "SELECT"),
                ("fraudalarm", ""),
            )
            for operation in (
                TenantTable(f"subscribers_{table}", portal=portal, app=APP[table]),
                TenantReference(f"subscribers_{table}", "trunk_id", "subscribers_subscriber"),
            )
        ),
        AppendOnly("subscribers_limitcrossing"),
    ]
