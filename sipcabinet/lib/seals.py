"""Encryption of stored secrets: Fernet tokens, sealed with the newest of the keys that a setting lists."""

from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.checks import CheckMessage, Error

__all__ = ["InvalidToken", "Seal", "fault", "faults"]
_HINT = "Make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and unseals with the keys of one setting, which lists the newest key first."""

    setting: str

    def seal(self, text: str) -> str:
        """A token: the text encrypted with the newest key."""
        return self._keys().encrypt(text.encode()).decode("ascii")

    def unseal(self, token: str) -> str:
        """The text of a token; raises InvalidToken when none of the keys fits."""
        return self._keys().decrypt(token.encode("ascii")).decode()

    def rotate(self, token: str) -> str:
        """A new token: the same text sealed with the newest key. Raises InvalidToken."""
        return self._keys().rotate(token.encode("ascii")).decode("ascii")

    def is_newest(self, token: str) -> bool:
        """Whether the newest key opens the token, so that this token no longer needs the older keys."""
        try:
            Fernet(getattr(settings, self.setting)[0]).decrypt(token.encode("ascii"))
        except InvalidToken:
            return False
        return True

    def _keys(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in getattr(settings, self.setting)])


def fault(setting: str) -> str:
    """The fault of the keys of a setting, in one line; empty when the keys are right."""
    keys = getattr(settings, setting)
    if not any(keys):
        return f"{setting} is empty."
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        return f"{setting} holds something that is not a Fernet key."
    return ""


def faults(setting: str, app: str) -> list[CheckMessage]:
    """The `fault` as an error of Django's checks: `app.E001` for no key at all, `app.E002` for an invalid key."""
    if message := fault(setting):
        number = "E001" if message.endswith("is empty.") else "E002"
        return [Error(message, hint=_HINT, id=f"{app}.{number}")]
    return []
