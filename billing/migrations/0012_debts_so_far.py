"""Creates debts for entries booked so far: invoices with their due days, corrections upwards and opening balances.

A correction or opening balance that is paid is due DEBT_NOTICE after it was booked; one that is unpaid is due
DEBT_NOTICE after this upgrade, so that nothing is overdue at once. The first dunning run writes the letter about it.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.models import Sum

import sipcabinet.lib.clock

DOCUMENTS = f"""
INSERT INTO billing_debt (account_id, entry_id, invoice_id, correction_id, amount, due_on, created_at)
SELECT entry.account_id, entry.id, coalesce(invoice.id, correction.invoice_id), correction.id, -entry.amount,
       coalesce(invoice.due_on, (entry.created_at AT TIME ZONE 'Europe/Minsk')::date + {settings.DEBT_NOTICE.days}),
       entry.created_at
FROM billing_ledgerentry AS entry
LEFT JOIN billing_invoice AS invoice ON entry.source_key = 'invoice:' || invoice.id
LEFT JOIN billing_correction AS correction ON entry.source_key = 'correction:' || correction.id
WHERE entry.amount < 0 ORDER BY entry.id
"""  # noqa: S608 - all of it stands here


def give_time(apps: Any, schema_editor: Any) -> None:
    """Moves the due day of unpaid debts that no letter has reported; paid debts keep their order."""
    Debt = apps.get_model("billing", "Debt")
    earliest = sipcabinet.lib.clock.today() + settings.DEBT_NOTICE
    never_told = Debt.objects.exclude(invoice__isnull=False, correction__isnull=True)
    for account_id in never_told.order_by().values_list("account_id", flat=True).distinct():
        unpaid = _unpaid(apps, account_id)
        mine = never_told.filter(account_id=account_id, due_on__lt=earliest)
        mine.filter(pk__in=unpaid).update(due_on=earliest)


def _unpaid(apps: Any, account_id: int) -> Sequence[int]:
    """Primary keys of debts that are not fully paid; the oldest due day is paid first."""
    debts = list(apps.get_model("billing", "Debt").objects.filter(account_id=account_id).order_by("due_on", "pk"))
    left = {debt.pk: debt.amount for debt in debts}
    of_invoice = defaultdict(list)
    for debt in debts:
        if debt.invoice_id and not debt.correction_id:
            of_invoice[debt.invoice_id].append(debt.pk)
    by_correction = {debt.correction_id: debt.pk for debt in debts if debt.correction_id}
    corrections = apps.get_model("billing", "Correction").objects.filter(account_id=account_id)
    for correction in corrections.order_by("serial"):
        if correction.pk in by_correction:
            of_invoice[correction.invoice_id].append(by_correction[correction.pk])
        taken_off = max(Decimal(0), -correction.total)
        for pk in reversed(of_invoice[correction.invoice_id]):
            part = min(left[pk], taken_off)
            left[pk], taken_off = left[pk] - part, taken_off - part
    entries = apps.get_model("billing", "LedgerEntry").objects.filter(account_id=account_id)
    owed, found = max(Decimal(0), -(entries.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))), []
    for debt in reversed(debts):
        if min(owed, left[debt.pk]) > 0:
            found.append(debt.pk)
        owed -= min(owed, left[debt.pk])
    return found


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_debts")]
    operations = [
        migrations.RunSQL(DOCUMENTS, migrations.RunSQL.noop),
        migrations.RunPython(give_time, migrations.RunPython.noop),
    ]
