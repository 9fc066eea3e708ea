"""Moves reminders, restrictions and promises from an invoice to its debt, with the days that letters named."""

from django.conf import settings
from django.db import migrations

OF_INVOICE = """
UPDATE billing_{table} AS one SET debt_id = debt.id FROM billing_debt AS debt
WHERE debt.invoice_id = one.invoice_id AND debt.correction_id IS NULL
"""
NAMED = f"""
UPDATE billing_dunningnotice AS one SET restrict_on = debt.due_on + {settings.DUNNING["restrict"]}
FROM billing_debt AS debt WHERE debt.id = one.debt_id AND one.step IN ('first', 'second')
"""  # noqa: S608 - all of it stands here
PROMISED = """
UPDATE billing_paymentguarantee SET restrict_on = valid_until + 1 WHERE state IN ('accepted', 'expired')
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0013_what_debts_are_asked_for")]
    operations = [
        *(
            migrations.RunSQL(OF_INVOICE.format(table=table), migrations.RunSQL.noop)
            for table in ("dunningnotice", "debtrestriction", "paymentguarantee")
        ),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
        migrations.RunSQL(PROMISED, migrations.RunSQL.noop),
    ]
