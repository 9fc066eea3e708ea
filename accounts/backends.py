"""Who a session belongs to, and what staff may do. Passwords are checked at one door only: services/sign_in.py."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class PortalBackend(ModelBackend):
    """Django's permissions; a login that was closed, or whose account was, is nobody from the next page on."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        """Never: an unthrottled second door."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("account__customer").filter(pk=user_id).first()
        return user if user is not None and user.may_sign_in else None
