"""Letters about a debt: reminders, calls barred, calls allowed again; to the registered e-mail (4.8)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import DebtRestriction, DunningStep, Invoice
from billing.selectors import balance
from billing.selectors.balance import Settled
from notifications.models import Letter
from notifications.services import letters
from notifications.services.letters import LetterError
from sipcabinet.lib import clock, links, tenancy
from subscribers.models import Subscriber, SubscriberStatus

log = structlog.get_logger(__name__)


def remind(
    *, account: Account, invoice: Invoice, step: DunningStep, unpaid: Sequence[Settled], barred: bool
) -> Letter | None:
    """An invoice is to be paid, or is overdue; `unpaid` are all that the letter names, oldest first. Once for a step.

    `barred`: calls are restricted already, for an older invoice.
    """
    overdue = step != DunningStep.BEFORE
    restrict_on = invoice.due_on + timedelta(days=settings.DUNNING["restrict"])
    warned = overdue and not barred and restrict_on > clock.today()
    more = {
        "invoice": invoice,
        "overdue": overdue,
        "restricted": barred,
        "restrict_on": restrict_on if warned else None,
    }
    return _tell(account, "payment_reminder", _debt(account, unpaid) | more, f"dunning:{invoice.pk}:{step.value}")


def restricted(restriction: DebtRestriction) -> Letter | None:
    """Outgoing calls are barred, and what brings them back. None for an account that has no numbers left."""
    account = restriction.account
    if not tenancy.of(account).rows(Subscriber).exclude(status=SubscriberStatus.CLOSED).exists():
        return None
    more = {"invoice": restriction.invoice}
    return _tell(
        account, "calls_restricted", _debt(account, _overdue(account)) | more, f"restriction:{restriction.pk}:on"
    )


def allowed(restriction: DebtRestriction) -> Letter | None:
    """Outgoing calls are allowed again. None where the restriction met no number."""
    if not restriction.subscribers.exists():
        return None
    account = restriction.account
    return _tell(account, "calls_allowed", _debt(account, _overdue(account)), f"restriction:{restriction.pk}:off")


def _overdue(account: Account) -> list[Settled]:
    """Oldest first."""
    return [one for one in reversed(balance.settled(account)) if one.is_overdue]


def _debt(account: Account, unpaid: Sequence[Settled]) -> dict[str, Any]:
    return {
        "account": account,
        "unpaid": unpaid,
        "sum": sum((one.unpaid for one in unpaid), balance.ZERO),
        "purpose": _purpose(account, unpaid),
        "link": links.absolute("billing:invoices"),
        "guarantee_link": links.absolute("billing:guarantee_register"),
    }


def _purpose(account: Account, unpaid: Sequence[Settled]) -> str:
    """назначение платежа: an invoice's own, or one that names them all."""
    if len(unpaid) == 1:
        return unpaid[0].invoice.purpose
    numbers = ", ".join(one.invoice.number for one in unpaid)
    return _("Оплата по счетам № %(numbers)s, л/с %(account)s") % {"numbers": numbers, "account": account.number}


def _tell(account: Account, kind: str, context: dict[str, Any], key: str) -> Letter | None:
    """None where the registered e-mail is no address: staff find it in the log."""
    try:
        return letters.write(
            kind=kind, recipient=account.cabinet_email, account_id=account.pk, context=context, dedupe_key=key
        )
    except LetterError as refusal:
        log.warning("debt.letter_refused", account_id=account.pk, code=refusal.code)
        return None
