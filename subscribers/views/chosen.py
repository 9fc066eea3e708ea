"""The subscriber whose sub-menu is open: remembered in the session until another one is chosen (3.0)."""

from django.http import Http404, HttpRequest

from accounts.models import Account
from subscribers.models import Subscriber
from subscribers.selectors import numbers

KEY = "chosen_subscriber"


def choose_or_404(request: HttpRequest, account: Account, pk: int) -> Subscriber:
    """The account's subscriber, remembered from now on; another account's looks like a missing one."""
    subscriber = numbers.get(account, pk)
    if subscriber is None:
        raise Http404
    if request.session.get(KEY) != subscriber.pk:
        request.session[KEY] = subscriber.pk
    return subscriber


def recall(request: HttpRequest, account: Account) -> Subscriber | None:
    """The one chosen last, if he is still there."""
    pk = request.session.get(KEY)
    return numbers.get(account, pk) if isinstance(pk, int) else None
