"""Letters to the registered e-mail: a new debt, reminders, calls barred, calls allowed again (4.8)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import structlog
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import DebtRestriction, DunningStep
from billing.selectors import balance, debts
from billing.selectors.debts import Owed
from notifications.models import Letter
from notifications.services import letters
from notifications.services.letters import LetterError
from sipcabinet.lib import links, tenancy
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.selectors import staff_restriction

log = structlog.get_logger(__name__)


def told(*, account: Account, one: Owed) -> Letter | None:
    """Reports a correction upwards, or another debt whose document the customer does not have: what to pay and until
    when."""
    more = {"debt": one.debt, "words": one.words}
    return _tell(account, "debt_told", _debt(account, [one]) | more, f"dunning:{one.debt.pk}:{DunningStep.TOLD.value}")


def remind(
    *, account: Account, about: Owed, step: DunningStep, unpaid: Sequence[Owed], barred: bool, restrict_on: date
) -> Letter | None:
    """Reminds of a document to be paid or overdue; `unpaid` are all debts that the letter names, oldest first. Once per
    step.

    `restrict_on` is the restriction day that the letter names; `barred`: calls are already restricted, for an older
    debt.
    """
    more = {
        "debt": about.debt,
        "words": about.words,
        "overdue": step != DunningStep.BEFORE,
        "restricted": barred,
        "restrict_on": None if barred else restrict_on,
    }
    key = f"dunning:{about.debt.pk}:{step.value}"
    return _tell(account, "payment_reminder", _debt(account, unpaid) | more, key)


def restricted(restriction: DebtRestriction, about: Owed) -> Letter | None:
    """Reports that outgoing calls are barred and how to restore them. None if the account has no open numbers."""
    account = restriction.account
    if not tenancy.of(account).rows(Subscriber).exclude(status=SubscriberStatus.CLOSED).exists():
        return None
    more = {"debt": about.debt, "words": about.words}
    key = f"restriction:{restriction.pk}:on"
    return _tell(account, "calls_restricted", _debt(account, _overdue(account)) | more, key)


def allowed(restriction: DebtRestriction, *, sorry: bool = False) -> Letter | None:
    """Reports that outgoing calls are allowed again; `sorry`: the payment was in time but was imported late, so they
    were barred by our fault. None if the restriction barred no number, and while staff restrict the account for another
    reason: its calls stay barred."""
    account = restriction.account
    if not restriction.subscribers.exists() or staff_restriction.in_force(account) is not None:
        return None
    context = _debt(account, _overdue(account)) | {"sorry": sorry}
    return _tell(account, "calls_allowed", context, f"restriction:{restriction.pk}:off")


def _overdue(account: Account) -> list[Owed]:
    """Overdue debts, the oldest first."""
    return [one for one in debts.of(account) if one.is_overdue]


def _debt(account: Account, unpaid: Sequence[Owed]) -> dict[str, Any]:
    return {
        "account": account,
        "unpaid": unpaid,
        "sum": sum((one.unpaid for one in unpaid), balance.ZERO),
        "purpose": _purpose(account, unpaid),
        "link": links.absolute("billing:invoices"),
        "guarantee_link": links.absolute("billing:guarantee_register"),
    }


def _purpose(account: Account, unpaid: Sequence[Owed]) -> str:
    """назначение платежа: the document's purpose, or a purpose that names all the documents."""
    if len(unpaid) == 1:
        return unpaid[0].words.purpose
    numbers = [one.debt.invoice.number for one in unpaid if one.debt.is_invoice and one.debt.invoice]
    if len(numbers) == len(unpaid):
        told = {"numbers": ", ".join(numbers), "account": account.number}
        return _("Оплата по счетам № %(numbers)s, л/с %(account)s") % told
    told = {"documents": ", ".join(one.words.by_what for one in unpaid), "account": account.number}
    return _("Оплата %(documents)s, л/с %(account)s") % told


def _tell(account: Account, kind: str, context: dict[str, Any], key: str) -> Letter | None:
    """Queues the letter. None if the registered e-mail is invalid: staff find the refusal in the log."""
    try:
        return letters.write(
            kind=kind, recipient=account.cabinet_email, account_id=account.pk, context=context, dedupe_key=key
        )
    except LetterError as refusal:
        log.warning("debt.letter_refused", account_id=account.pk, code=refusal.code)
        return None
