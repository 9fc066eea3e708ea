"""A plan changes from a day on: the plans before it, which charges of customers' pages read (4.11)."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models

import subscribers.models.subscriber
from sipcabinet.lib.rls import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_looks"),
        ("subscribers", "0028_number_pool"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="subscriber",
            name="plan_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="operation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("connected", "Подключение номера"),
                    ("services_added", "Добавление услуг"),
                    ("services_removed", "Удаление услуг"),
                    ("service_set", "Изменение параметров услуги"),
                    ("channels", "Смена пакета каналов"),
                    ("minutes", "Пакет минут"),
                    ("sip_password", "Смена пароля SIP"),
                    ("sip_access", "Изменение параметров SIP"),
                    ("plan", "Смена тарифного плана"),
                    ("restriction", "Ограничение исходящих звонков"),
                    ("closed", "Отключение номера"),
                ],
                max_length=20,
                verbose_name="вид",
            ),
        ),
        migrations.CreateModel(
            name="FormerPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(verbose_name="с")),
                ("ended_at", models.DateTimeField(verbose_name="по")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.tariffplan",
                        verbose_name="тарифный план",
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_plans",
                        to="subscribers.subscriber",
                        verbose_name="абонент",
                    ),
                ),
            ],
            options={
                "verbose_name": "прежний тарифный план",
                "verbose_name_plural": "прежние тарифные планы",
                "indexes": [models.Index(fields=["account", "ended_at"], name="former_plan_of_account")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ended_at__gt", models.F("started_at"))), name="former_plan_period"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("subscriber", "="),
                            (subscribers.models.subscriber.MomentRange("started_at", "ended_at"), "&&"),
                        ],
                        name="one_plan_at_a_time",
                    ),
                ],
            },
        ),
        TenantTable("subscribers_formerplan", app="SELECT, INSERT"),
        TenantReference("subscribers_formerplan", "subscriber_id", "subscribers_subscriber"),
    ]
