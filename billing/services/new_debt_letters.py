"""Debts without a document that names their due day: a letter first, then DEBT_NOTICE days to pay (4.8)."""

from datetime import date

from django.conf import settings

from accounts.models import Account
from billing.models import DunningNotice, DunningStep
from billing.selectors import debts
from billing.selectors.debts import Owed
from billing.services import debt_letters
from sipcabinet.lib import clock, tenancy


def tell(*, account: Account) -> int:
    """Writes the letter about each unpaid correction, opening balance or later kind of debt that has no letter yet.

    Moves an earlier due day to DEBT_NOTICE from today. Returns the number of debts reported. Call it under the ledger's
    lock, inside the caller's transaction.
    """
    found = untold(account)
    for one in found:
        _tell(account, one)
    return len(found)


def untold(account: Account) -> list[Owed]:
    """Unpaid debts that the customer has no letter about yet, the oldest due day first."""
    told = tenancy.of(account).rows(DunningNotice).filter(step=DunningStep.TOLD).values_list("debt", flat=True)
    waiting = [one for one in debts.unpaid(account) if not one.debt.is_invoice]
    return [one for one in waiting if one.debt.pk not in set(told)] if waiting else []


def _tell(account: Account, one: Owed) -> None:
    debt, earliest = one.debt, _earliest_due_on()
    if debt.due_on < earliest:
        debt.due_on = earliest
        debt.save(update_fields=["due_on"])
    letter = debt_letters.told(account=account, one=one)
    DunningNotice.objects.create(account=account, debt=debt, step=DunningStep.TOLD, letter=letter)


def _earliest_due_on() -> date:
    return clock.today() + settings.DEBT_NOTICE
