"""The subscriber whose sub-menu is open: remembered in the session until another one is chosen (3.0)."""

from django.http import Http404, HttpRequest

from accounts.models import Account
from subscribers.models import Subscriber
from subscribers.selectors import numbers
from subscribers.selectors.completeness import CallsKnown

KEY = "chosen_subscriber"


def choose_or_404(request: HttpRequest, account: Account, pk: int) -> Subscriber:
    """The account's subscriber, remembered from now on; another account's looks like a missing one."""
    subscriber = numbers.get(account, pk)
    if subscriber is None:
        raise Http404
    _remember(request, subscriber)
    return subscriber


def choose_with_calls_or_404(request: HttpRequest, account: Account, pk: int) -> tuple[Subscriber, CallsKnown]:
    """As `choose_or_404`, and up to when the account's calls are in: read along with the subscriber."""
    found = numbers.get_with_calls_known(account, pk)
    if found is None:
        raise Http404
    _remember(request, found[0])
    return found


def recall(request: HttpRequest, account: Account) -> Subscriber | None:
    """The one chosen last, if he is still there."""
    pk = request.session.get(KEY)
    return numbers.get(account, pk) if isinstance(pk, int) else None


def _remember(request: HttpRequest, subscriber: Subscriber) -> None:
    if request.session.get(KEY) != subscriber.pk:
        request.session[KEY] = subscriber.pk
