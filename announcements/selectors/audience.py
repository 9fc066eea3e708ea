"""Who an announcement is for (4.14)."""

import re
from collections.abc import Iterator, Sequence

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Account, AccountStatus
from announcements.models import Announcement, Audience
from billing.models import Debt
from billing.selectors import debts
from sipcabinet.lib import phones
from subscribers.models import Subscriber, SubscriberStatus

_BETWEEN = re.compile(r"[\s,;]+")
FEW = 10  # unknown numbers that a message names
COUNTRY = "+375"


def of(announcement: Announcement) -> QuerySet[Account]:
    """The active accounts that the announcement is for, by number."""
    active = Account.objects.filter(status=AccountStatus.ACTIVE).order_by("number")
    open_numbers = Subscriber.objects.filter(account=OuterRef("pk")).exclude(status=SubscriberStatus.CLOSED)
    match announcement.audience:
        case Audience.PLAN:
            return active.filter(Exists(open_numbers.filter(plan=announcement.plan)))
        case Audience.PREFIX:
            return active.filter(Exists(open_numbers.filter(phone__startswith=phone_prefix(announcement.prefix))))
        case Audience.DEBTORS:
            return active.filter(pk__in=list(_debtors(active)))
        case Audience.LIST:
            return active.filter(number__in=numbers(announcement.account_numbers))
        case _:
            return active


def numbers(text: str) -> list[str]:
    """Account numbers typed one by one: separated by spaces, commas or lines, each once."""
    return list(dict.fromkeys(filter(None, _BETWEEN.split(text))))


def unknown(given: Sequence[str]) -> list[str]:
    """The numbers that no active account has."""
    known = set(Account.objects.filter(status=AccountStatus.ACTIVE, number__in=given).values_list("number", flat=True))
    return [number for number in given if number not in known]


def phone_prefix(typed: str) -> str:
    """The beginning of the operator's numbers in any spelling as the table holds it, `+37517`; empty without digits."""
    found = phones.digits(typed)
    return f"{COUNTRY}{found}" if found and f"+{found}" != COUNTRY else ""


def _debtors(active: QuerySet[Account]) -> Iterator[int]:
    """Accounts with an overdue unpaid document. Only accounts with a document past its due day are looked at."""
    for account in active.filter(pk__in=Debt.objects.order_by().values("account")).iterator(chunk_size=500):
        if any(one.is_overdue for one in debts.of(account)):
            yield account.pk
