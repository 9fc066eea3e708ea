"""Who does something, for services that write it down."""

from dataclasses import dataclass
from typing import Self

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User
from sipcabinet.lib import requests


@dataclass(frozen=True, slots=True)
class Actor:
    """A customer with the token of his form, or staff with a reason; without a user the portal acts itself.

    `address` is the network address of the request. `token` marks one form as it was shown: what was done with it
    before is not done again. An empty one marks nothing.
    """

    user: User | None = None
    address: str | None = None
    reason: str = ""
    token: str = ""

    @classmethod
    def of(cls, request: HttpRequest, *, reason: str = "", token: str = "") -> Self:
        """Whoever is signed in; raises PermissionDenied for nobody."""
        if not isinstance(request.user, User):
            raise PermissionDenied
        return cls(request.user, requests.client_address(request), reason, token)

    @property
    def is_staff(self) -> bool:
        return self.user is not None and self.user.is_staff


PORTAL = Actor()
