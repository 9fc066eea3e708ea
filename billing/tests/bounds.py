"""Orders with low limits, for tests that reach the limits."""

from pytest_django import Settings

from accounts.actor import Actor
from accounts.models import Account, User
from billing.models import DocumentOrder, OrderKind
from billing.services import orders
from billing.terms import PreliminaryTerms
from sipcabinet.lib.periods import Month


def bound(settings: Settings, *, at_work: int = 100, a_day: int = 100) -> None:
    settings.ORDERS_AT_WORK, settings.ORDERS_A_DAY = at_work, a_day


def place(account: Account, user: User | None, token: str) -> DocumentOrder:
    terms = PreliminaryTerms(Month.current(), None)
    key = orders.key_of_form(OrderKind.PRELIMINARY, account, token, terms)
    return orders.place(account=account, kind=OrderKind.PRELIMINARY, terms=terms, dedupe_key=key, by=Actor(user))
