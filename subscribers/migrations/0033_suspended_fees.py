"""What part of a plan's fee is charged while an account is suspended at its customer's request: all of it so far."""

import django.core.validators
from django.conf import settings
from django.db import migrations, models

DAYS = "id, account_id, started_at, lifted_at, at_request"  # customers' pages count charges; the reason is not theirs
SEE = f"GRANT SELECT ({DAYS}) ON subscribers_staffrestriction TO {settings.PORTAL_ROLE}"
HIDE = f"REVOKE SELECT ({DAYS}) ON subscribers_staffrestriction FROM {settings.PORTAL_ROLE}"  # noqa: S608 - constants
# Suspensions so far are told by their reason alone.
TELL = """
UPDATE subscribers_staffrestriction SET at_request = true
WHERE reason LIKE 'приостановлено по заявлению клиента: %'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0032_undone_imports"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="planterms",
            name="suspended_fee_percent",
            field=models.PositiveSmallIntegerField(
                db_default=100,
                default=100,
                help_text="По заявлению клиента: 100 — полная плата, 0 — без платы",
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="плата при приостановлении, %",
            ),
        ),
        migrations.AddField(
            model_name="staffrestriction",
            name="at_request",
            field=models.BooleanField(db_default=False, default=False, verbose_name="по заявлению клиента"),
        ),
        migrations.AddConstraint(
            model_name="planterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("suspended_fee_percent__lte", 100)), name="plan_terms_suspended"
            ),
        ),
        migrations.RunSQL(SEE, HIDE),
        migrations.RunSQL(TELL, migrations.RunSQL.noop),
    ]
