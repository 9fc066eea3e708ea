"""A one-time code beside the password (TOTP): required of staff, offered to customers."""

import hashlib
import re
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import SignIn, SignInOutcome, User
from accounts.services import account_letters, audit, budgets, known_devices, passwords, sessions, throttles
from accounts.services.throttles import Limit
from accounts.sessions import Origin
from sipcabinet.lib.errors import DomainError

RECOVERY_CODES = 10
NEW_KEY_LIFETIME = timedelta(minutes=10)
_TOTP_CODE = re.compile(r"[0-9]{6}")


class CodeError(DomainError):
    """The code is wrong, was already used, or has expired."""

    code = "second_factor.wrong_code"

    def __init__(self) -> None:
        super().__init__(_("Код не подошёл. Введите тот, что приложение показывает сейчас."))


class OutdatedPageError(DomainError):
    """The second factor is not in the state that the step needs: the user sent an outdated page."""

    code = "second_factor.state"

    def __init__(self) -> None:
        super().__init__(_("Страница устарела. Откройте её заново."))


def is_on(user: User) -> bool:
    """Whether the login needs a code to sign in."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def pending(request: HttpRequest, user: User) -> TOTPDevice | None:
    """The new key of this session that waits for its first code; None after NEW_KEY_LIFETIME or in another session."""
    pk = sessions.new_key(request, within=NEW_KEY_LIFETIME)
    return TOTPDevice.objects.filter(user=user, confirmed=False, pk=pk).first() if pk else None


def start(*, request: HttpRequest, user: User) -> None:
    """Creates a new key for the user's authenticator application; the key has no effect before `confirm`.

    The caller has checked the password. Raises OutdatedPageError.
    """
    with transaction.atomic():
        _lock(user)
        if is_on(user):
            raise OutdatedPageError
        TOTPDevice.objects.filter(user=user, confirmed=False).delete()
        device = TOTPDevice.objects.create(user=user, name=_("Приложение"), confirmed=False)
    sessions.show_key(request, device.pk)


def confirm(*, request: HttpRequest, user: User, code: str) -> list[str]:
    """Turns the second factor on by the first correct code; returns the recovery codes, which are shown only once.

    Raises ThrottledError, CodeError or OutdatedPageError.
    """
    counted = budgets.of_proof(session=sessions.store(request).public_id)
    with transaction.atomic():
        _lock(user)
        device = pending(request, user)
        if device is None or is_on(user):
            raise OutdatedPageError
        verified = _TOTP_CODE.fullmatch(_bare(code)) is not None and device.verify_token(_bare(code))
        if verified:
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            codes = _new_recovery_codes(user)
            known_devices.forget(user=user)  # of anybody who has the password only
            audit.record(action=audit.Action.SECOND_FACTOR_ON, user=user, request=request)
            account_letters.credentials_changed(user=user, kind="second_factor_on", request=request)
    if not verified:
        raise CodeError
    _accept(request, counted, device)
    return codes


def verify(*, request: HttpRequest, user: User, code: str, devices: str = "") -> None:
    """Completes a sign-in with the application's code or a recovery code; raises ThrottledError or CodeError.

    `devices` is the browser's cookie of known devices.
    """
    counted = _count_at_the_door(request, user, _bare(code), devices)
    _accept(request, counted, take(request=request, user=user, code=code))


def take(*, request: HttpRequest, user: User, code: str) -> Device:
    """Uses up a code of the application or a recovery code and returns its device; raises CodeError.

    The caller has counted the attempt. Locks the login's row: of two simultaneous uses of a code one succeeds.
    """
    with transaction.atomic():
        _lock(user)
        device = _matching(user, _bare(code))
        if device is None:
            _note_refusal(request, user)
        elif isinstance(device, StaticDevice):
            audit.record(action=audit.Action.RECOVERY_CODE_USED, user=user, request=request)
    if device is None:
        raise CodeError
    return device


def remove(*, request: HttpRequest, user: User) -> None:
    """Turns the second factor off; the caller has checked the password."""
    with transaction.atomic():
        _lock(user)
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        audit.record(action=audit.Action.SECOND_FACTOR_OFF, user=user, request=request)
        account_letters.credentials_changed(user=user, kind="second_factor_off", request=request)


def renew_recovery_codes(*, request: HttpRequest, user: User) -> list[str]:
    """Replaces all recovery codes; the caller has checked the password. Raises OutdatedPageError."""
    with transaction.atomic():
        _lock(user)
        if not is_on(user):
            raise OutdatedPageError
        audit.record(action=audit.Action.RECOVERY_CODES_MADE, user=user, request=request)
        return _new_recovery_codes(user)


def _lock(user: User) -> None:
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)


def _count_at_the_door(request: HttpRequest, user: User, code: str, devices: str) -> Limit | None:
    """Counts a six-digit code per login (it can be guessed) and a recovery code per session (it cannot).

    So an attacker who has the password and guesses codes cannot block the owner's recovery codes on any device.
    """
    if _TOTP_CODE.fullmatch(code):
        return budgets.of_code(user=user, devices=devices)
    return budgets.of_proof(session=sessions.store(request).public_id)


def _accept(request: HttpRequest, counted: Limit | None, device: Device) -> None:
    if counted is not None:
        throttles.forgive(counted)
    sessions.prove(request=request, device=device)


def _matching(user: User, code: str) -> Device | None:
    """The device that accepts the code, or None; a recovery code is used up."""
    if _TOTP_CODE.fullmatch(code):
        devices = [*TOTPDevice.objects.filter(user=user, confirmed=True)]
        return next((device for device in devices if device.verify_token(code)), None)
    kept = [*StaticDevice.objects.filter(user=user, confirmed=True)]
    return next((device for device in kept if device.verify_token(_digest(user, code))), None)


def _note_refusal(request: HttpRequest, user: User) -> None:
    origin: Origin = sessions.store(request).origin
    SignIn.objects.create(
        user=user,
        account=user.account,
        outcome=SignInOutcome.REFUSED_CODE,
        address=origin.address,
        user_agent=origin.user_agent,
    )


def _new_recovery_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name=_("Резервные коды"), confirmed=True)
    codes = [passwords.new_temporary() for _code in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=_digest(user, _bare(code))) for code in codes])
    return codes


def _bare(code: str) -> str:
    return passwords.normalised(code)


def _digest(user: User, code: str) -> str:
    """The stored hash of a recovery code. Its 59 random bits need no slow hash; the column holds 16 characters."""
    return hashlib.sha256(f"{user.pk}:{code}".encode()).hexdigest()[:16]
