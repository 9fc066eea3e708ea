"""Staff restrict an account's outgoing calls for their own reason, or lift a restriction by hand (4.1, 4.8).

Each takes the lock of the account's money first, as everything does that restricts for debt, so the two kinds of
restriction never decide at the same moment.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from billing.models import DebtRestriction, RestrictedSubscriber
from billing.services import debt_letters, debts, ledger
from sipcabinet.lib.errors import DomainError
from subscribers.models import StaffRestriction
from subscribers.services import account_restrictions


def restrict(*, account: Account, by: Actor, at_request: bool = False) -> StaffRestriction:
    """Bars outgoing calls of all numbers until staff lift it; see `account_restrictions.restrict`."""
    with transaction.atomic():
        ledger.lock(account)
        return account_restrictions.restrict(account=account, by=by, at_request=at_request)


def lift(*, account: Account, by: Actor) -> StaffRestriction:
    """Lifts the restriction by staff. Calls stay barred where a restriction for debt is in force: numbers that it has
    barred keep their status, and it bars numbers that it had not met yet. Raises AccountRestrictionError."""
    with transaction.atomic():
        ledger.lock(account)
        lifted = account_restrictions.lift(account=account, by=by, keep=barred_for_debt(account))
        debts.review(account=account)
    return lifted


def lift_debt(*, account: Account, by: Actor) -> DebtRestriction:
    """Lifts the restriction for debt before the debt is paid, with a letter: the debts that are ripe today cause no new
    one. Raises DomainError without a reason, and if none is in force."""
    why = " ".join(by.reason.split())
    if not why:
        raise DomainError(_("Укажите основание: клиент прочтёт его в журнале действий"), code="debt.reason")
    with transaction.atomic():
        lifted = debts.lift(account=account, why=why, user=by.user, address=by.address)
        if lifted is None:
            raise DomainError(_("Ограничение за долг уже снято"), code="debt.lifted")
        debt_letters.allowed(lifted)
    return lifted


def barred_for_debt(account: Account) -> list[int]:
    """Ids of the numbers that a restriction for debt in force has barred."""
    rows = RestrictedSubscriber.objects.filter(restriction__account=account, restriction__lifted_at__isnull=True)
    return list(rows.values_list("subscriber", flat=True))
