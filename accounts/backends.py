"""The user of a session, and the permissions of staff. Passwords are checked only in services/sign_in.py."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class PortalBackend(ModelBackend):
    """Django's permissions; a closed login, or one of a closed account, counts as signed out from the next page on."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        """Returns None always: Django's own sign-in would bypass the attempt counters."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("account__customer").filter(pk=user_id).first()
        return user if user is not None and user.may_sign_in else None
