"""The subscriber whose sub-menu is open: stored in the session until another one is chosen (3.0)."""

from django.http import Http404, HttpRequest

from accounts import visitor
from accounts.models import Account
from subscribers.models import Subscriber
from subscribers.selectors import numbers
from subscribers.selectors.completeness import CallsKnown

KEY = "chosen_subscriber"


def choose_or_404(request: HttpRequest, account: Account, pk: int) -> Subscriber:
    """The account's subscriber, stored in the session; raises Http404 for a missing one or another account's."""
    subscriber = numbers.get(account, pk)
    if subscriber is None:
        raise Http404
    _remember(request, account, subscriber)
    return subscriber


def of_visitor_or_404(request: HttpRequest, pk: int) -> tuple[Account, Subscriber]:
    """The visitor's account with its subscriber, like `choose_or_404`."""
    account = visitor.of(request).account
    return account, choose_or_404(request, account, pk)


def choose_with_calls_or_404(request: HttpRequest, account: Account, pk: int) -> tuple[Subscriber, CallsKnown]:
    """Like `choose_or_404`, with the moment up to which the account's calls are imported; in the same query."""
    found = numbers.get_with_calls_known(account, pk)
    if found is None:
        raise Http404
    _remember(request, account, found[0])
    return found


def choose_with_switch_or_404(request: HttpRequest, account: Account, pk: int) -> Subscriber:
    """Like `choose_or_404`, with the subscriber's state on the switch; in the same query."""
    subscriber = numbers.get_with_switch(account, pk)
    if subscriber is None:
        raise Http404
    _remember(request, account, subscriber)
    return subscriber


def recall(request: HttpRequest, account: Account) -> Subscriber | None:
    """The subscriber chosen last, or None if there is none."""
    pk = request.session.get(KEY)
    return numbers.get(account, pk) if isinstance(pk, int) else None


def _remember(request: HttpRequest, account: Account, subscriber: Subscriber) -> None:
    subscriber.account = account  # the rules of a change ask for it
    if request.session.get(KEY) != subscriber.pk:
        request.session[KEY] = subscriber.pk
