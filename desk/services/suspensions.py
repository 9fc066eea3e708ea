"""приостановление: outgoing calls are barred at the customer's written request, from one day to another (4.11).

It is a restriction by staff with a reason of its own, so neither payments nor guarantees lift it, and emergency and
toll-free numbers stay open. The plan's terms say what part of its fee is charged meanwhile, by the day
(`PlanTerms.suspended_fee_percent`); services and packages are charged on.
"""

from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from desk.services import restrictions
from subscribers.selectors import staff_restriction
from subscribers.services.account_restrictions import REASON_LENGTH


def reason_of(paper: str) -> str:
    """The reason that the customer reads; `paper` names his application."""
    return _("приостановлено по заявлению клиента: %(paper)s") % {"paper": " ".join(paper.split())}


LONGEST_PAPER = REASON_LENGTH - len(reason_of(""))


def begin(*, account: Account, reason: str, by: Actor) -> None:
    """Bars outgoing calls of the account. Raises AccountRestrictionError, also if the account is restricted already."""
    restrictions.restrict(account=account, by=Actor(by.user, by.address, reason, by.token), at_request=True)


def finish(*, account: Account, reason: str, by: Actor) -> bool:
    """Lifts the restriction that `begin` made with this reason; False if staff have lifted it before."""
    known = staff_restriction.in_force(account)
    if known is None or known.reason != reason:
        return False
    restrictions.lift(account=account, by=Actor(by.user, by.address, _("срок приостановления закончился"), by.token))
    return True
