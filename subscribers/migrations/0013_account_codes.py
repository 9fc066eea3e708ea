"""How a source's account code names a trunk, and the trunk's own code (4.4)."""

import django.contrib.postgres.constraints
from django.db import migrations, models
from django.db.models import Q

import subscribers.models.subscriber


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0012_references_of_own_account")]
    operations = [
        migrations.AddField(
            "callsource",
            "account_code",
            models.CharField(
                choices=[
                    ("number", "номер абонента"),
                    ("login", "логин SIP"),
                    ("own", "код на станции, заданный у SIP-соединения"),
                ],
                default="number",
                max_length=6,
                verbose_name="код лицевого счёта в записях",
            ),
        ),
        migrations.AddField(
            "subscriber",
            "switch_code",
            models.CharField(blank=True, default="", max_length=40, verbose_name="код на станции"),
        ),
        migrations.AddConstraint(
            "subscriber",
            models.CheckConstraint(
                condition=Q(("switch_code", ""), ("kind", "trunk"), _connector="OR"), name="subscriber_code_of_trunk"
            ),
        ),
        migrations.AddConstraint(
            "subscriber",
            django.contrib.postgres.constraints.ExclusionConstraint(
                condition=Q(("switch_code", ""), _negated=True),
                expressions=[
                    ("switch_code", "="),
                    (subscribers.models.subscriber.MomentRange("connected_at", "closed_at"), "&&"),
                ],
                name="switch_code_once_at_a_time",
                violation_error_message="Этот код на станции уже у другого SIP-соединения",
            ),
        ),
    ]
