"""Asks for the password again before an action that somebody at the owner's open browser must not be able to do.

The counted attempt must survive a refusal, so such a view runs outside the tenant's transaction (`@tenancy.exempt`).
"""

from django.contrib.auth.hashers import check_password
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit, budgets, second_factor, sessions, throttles
from sipcabinet.lib.errors import DomainError


class WrongPasswordError(DomainError):
    """The typed text is not the login's password."""

    code = "step_up.wrong_password"

    def __init__(self) -> None:
        super().__init__(_("Неверный пароль."))


class NotProvenError(DomainError):
    """Password or code is wrong. The text does not say which, so that neither can be guessed separately."""

    code = "step_up.not_proven"

    def __init__(self) -> None:
        super().__init__(_("Неверный пароль или код."))


def confirm(*, request: HttpRequest, user: User, password: str) -> None:
    """Returns if `password` is the permanent one; raises ThrottledError, before hashing, or WrongPasswordError.

    Counts the attempt for the session of `request` only: other browsers cannot block this session.
    """
    counted = budgets.of_proof(session=sessions.store(request).public_id)
    if not check_password(password, user.password):
        raise WrongPasswordError
    throttles.forgive(counted)


def confirm_both(*, request: HttpRequest, user: User, password: str, code: str) -> None:
    """Returns if `password` is the permanent one and `code` a valid code of the second factor; uses the code up.

    Uses the code up only with the correct password. Records a refusal in the journal. Raises ThrottledError, before
    hashing, or NotProvenError.
    """
    counted = budgets.of_proof(session=sessions.store(request).public_id)
    if not (check_password(password, user.password) and _is_taken(request, user, code)):
        audit.record(action=audit.Action.STEP_UP_REFUSED, user=user, request=request)
        raise NotProvenError
    throttles.forgive(counted)


def confirm_for_rights(*, request: HttpRequest, user: User, password: str, code: str) -> None:
    """Like `confirm_both`; then only this session may change staff rights for STEP_UP_LIFETIME, under a new key."""
    confirm_both(request=request, user=user, password=password, code=code)
    audit.record(action=audit.Action.STEPPED_UP, user=user, request=request)
    sessions.step_up(request=request)


def _is_taken(request: HttpRequest, user: User, code: str) -> bool:
    try:
        second_factor.take(request=request, user=user, code=code)
    except second_factor.CodeError:
        return False
    return True
