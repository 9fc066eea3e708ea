"""Signing in with a number and a password (1.1b, 1.2)."""

from dataclasses import dataclass

import structlog
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import SignIn, SignInOutcome, TemporaryPassword, User
from accounts.services import budgets, passwords, throttles
from accounts.sessions import Origin
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError

log = structlog.get_logger(__name__)


class SignInError(DomainError):
    """The sign-in is refused; the text is the same for every reason."""

    code = "sign_in.refused"

    def __init__(self) -> None:
        super().__init__(_("Неверный номер телефона или пароль."))


@dataclass(frozen=True, slots=True)
class Passed:
    """A successful sign-in; `temporary`: by a temporary password, which is now used up."""

    user: User
    temporary: bool


def check(*, phone: str, password: str, origin: Origin, devices: str = "") -> Passed:
    """Counts the attempt, then checks the password; raises ThrottledError or SignInError.

    `devices` is the browser's cookie of known devices. Every attempt that is not throttled computes two hashes, reads
    the same rows and writes one SignIn, whether the number is unregistered, closed or open, with or without a temporary
    password. When strangers have used up the number's budget, a text that looks like a temporary password is compared
    with the temporary password only: one hash, and no SignIn for a refusal, for any number.
    """
    user = _login_of(phone)
    looks_temporary = passwords.looks_temporary(password)
    admission = budgets.of_sign_in(
        phone=phone, address=origin.address, user=user, devices=devices, looks_temporary=looks_temporary
    )
    temporary = _temporary_of(phone)
    permanent_fits = not admission.temporary_only and _fits(password, user.password if user else None)
    temporary_fits = _fits(passwords.normalised(password), temporary.password if temporary else None)
    with transaction.atomic():
        passed = _passed(user, temporary if temporary_fits and not permanent_fits else None, permanent=permanent_fits)
        if passed or not admission.temporary_only:
            _note(user, passed, origin)
    if passed is None:
        raise SignInError
    if admission.own is not None:
        throttles.forgive(admission.own)
    return passed


def _login_of(phone: str) -> User | None:
    return User.objects.select_related("account__customer").filter(phone=phone, is_active=True).first()


def _temporary_of(phone: str) -> TemporaryPassword | None:
    unused = TemporaryPassword.objects.filter(used_at__isnull=True, voided_at__isnull=True)
    return unused.filter(user__phone=phone, user__is_active=True, expires_at__gt=clock.now()).first()


def _fits(password: str, encoded: str | None) -> bool:
    # Django computes a hash for an unusable password too, so a missing password takes as long as a wrong one.
    return check_password(password, encoded or UNUSABLE_PASSWORD_PREFIX)


def _passed(user: User | None, temporary: TemporaryPassword | None, *, permanent: bool) -> Passed | None:
    if user is None or not user.may_sign_in:
        return None
    if permanent:
        return Passed(user, temporary=False)
    if temporary is not None and passwords.spend(temporary):
        return Passed(user, temporary=True)
    return None


def _note(user: User | None, passed: Passed | None, origin: Origin) -> None:
    if passed is None:
        outcome = SignInOutcome.REFUSED
    else:
        outcome = SignInOutcome.TEMPORARY if passed.temporary else SignInOutcome.OK
    SignIn.objects.create(
        user=user,
        account=user.account if user else None,
        outcome=outcome,
        address=origin.address,
        user_agent=origin.user_agent,
    )
    log.info("sign_in.checked", outcome=str(outcome), user_id=user.pk if user else None)
