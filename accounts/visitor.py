"""Who is looking at a customer's page."""

from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import Account, User


class Visitor(NamedTuple):
    user: User
    account: Account


def of(request: HttpRequest) -> Visitor:
    """The signed-in customer and his account. Staff have none: they look through the admin."""
    user = request.user
    if not isinstance(user, User) or user.account is None:
        raise PermissionDenied
    return Visitor(user, user.account)
