"""The user of a session, and the permissions of staff. Passwords are checked only in services/sign_in.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.http import HttpRequest

from accounts.models import User

# The login that was read together with the session of this request (accounts/sessions.py).
_of_session: ContextVar[User | None] = ContextVar("of_session", default=None)


@contextmanager
def read_with_session(user: User | None) -> Iterator[None]:
    """Lets `get_user` take this login, which has just been read, in place of a query."""
    token = _of_session.set(user)
    try:
        yield
    finally:
        _of_session.reset(token)


class PortalBackend(ModelBackend):
    """Django's permissions; a closed login, or one of a closed account, counts as signed out from the next page on."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> None:
        """Returns None always: Django's own sign-in would bypass the attempt counters."""

    def get_user(self, user_id: int) -> User | None:
        user = _of_session.get()
        if user is None or user.pk != user_id:
            user = User.objects.select_related("account__customer").filter(pk=user_id).first()
        return user if user is not None and user.may_sign_in else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The user's own permissions and those of his groups in one query: Django asks for them in two, on every page
        of the desk."""
        if not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            named = Permission.objects.order_by().values_list("content_type__app_label", "codename")
            found = named.filter(user=user_obj).union(named.filter(group__user=user_obj))
            user_obj._perm_cache = {f"{app}.{code}" for app, code in found}  # noqa: SLF001 - Django's own cache
        return user_obj._perm_cache  # type: ignore[no-any-return] # noqa: SLF001
