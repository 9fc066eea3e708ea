"""The signed-in customer who opens a page."""

from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import Account, User


class Visitor(NamedTuple):
    user: User
    account: Account


def of(request: HttpRequest) -> Visitor:
    """The signed-in customer and his account. Raises PermissionDenied for staff: they have no account."""
    user = request.user
    if not isinstance(user, User) or user.account is None:
        raise PermissionDenied
    return Visitor(user, user.account)
