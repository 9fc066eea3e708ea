"""Ordering the preliminary invoice of the current month (2.3.5)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from billing.models import DocumentOrder, OrderKind
from billing.selectors import current_charges
from billing.services import orders
from billing.services.orders import OrderError
from billing.terms import PreliminaryTerms
from sipcabinet.lib.periods import Month


def place(*, account: Account, subscriber_ids: Sequence[int] | None, by: Actor) -> DocumentOrder:
    """Orders the preliminary invoice of the current month, due at once; `subscriber_ids` None: the whole account. Only
    reads and inserts.

    The same form sent twice returns the first order. Raises OrderError for subscribers of another account.
    """
    if subscriber_ids is not None:
        known = current_charges.subscribers(account, subscriber_ids)
        if not known or len(known) != len(set(subscriber_ids)):
            raise OrderError(_("Укажите абонентов своего лицевого счёта."), code="order.subscribers")
    terms = PreliminaryTerms(Month.current(), subscriber_ids)
    key = orders.key_of_form(OrderKind.PRELIMINARY, account, by.token, terms)
    return orders.place(account=account, kind=OrderKind.PRELIMINARY, terms=terms, dedupe_key=key, by=by)
