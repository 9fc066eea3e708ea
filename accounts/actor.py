"""The author of a change, for services that record him."""

from dataclasses import dataclass
from typing import Self

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User
from sipcabinet.lib import requests


@dataclass(frozen=True, slots=True)
class Actor:
    """A customer with the token of his form, or staff with a reason; without a user the portal itself acts.

    `address` is the network address of the request. `token` identifies one shown form: a second submission of the form
    is not carried out again. An empty token disables this check.
    """

    user: User | None = None
    address: str | None = None
    reason: str = ""
    token: str = ""

    @classmethod
    def of(cls, request: HttpRequest, *, reason: str = "", token: str = "") -> Self:
        """The signed-in user as an actor; raises PermissionDenied if nobody is signed in."""
        if not isinstance(request.user, User):
            raise PermissionDenied
        return cls(request.user, requests.client_address(request), reason, token)

    @property
    def is_staff(self) -> bool:
        return self.user is not None and self.user.is_staff


PORTAL = Actor()
