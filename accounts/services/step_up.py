"""The password asked for again before something that a borrowed browser must not do.

Counting must survive the refusal, so a view that asks runs outside the tenant's transaction (`@tenancy.exempt`).
"""

from django.contrib.auth.hashers import check_password
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import budgets, sessions, throttles
from sipcabinet.lib.errors import DomainError


class WrongPasswordError(DomainError):
    """What was typed is not the login's password."""

    code = "step_up.wrong_password"

    def __init__(self) -> None:
        super().__init__(_("Неверный пароль."))


def confirm(*, request: HttpRequest, user: User, password: str) -> None:
    """Returns if `password` is the permanent one; raises ThrottledError, before hashing, or WrongPasswordError.

    Counted for the session of `request` alone: no other browser can shut this way.
    """
    counted = budgets.of_proof(session=sessions.store(request).public_id)
    if not check_password(password, user.password):
        raise WrongPasswordError
    throttles.forgive(counted)
