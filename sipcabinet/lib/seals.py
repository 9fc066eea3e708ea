"""Secrets at rest: Fernet tokens, sealed with the newest of the keys that a setting lists."""

from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.checks import CheckMessage, Error

__all__ = ["InvalidToken", "Seal", "fault", "faults"]
_HINT = "Make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


@dataclass(frozen=True, slots=True)
class Seal:
    """The keys of one setting, newest first."""

    setting: str

    def seal(self, text: str) -> str:
        """The text as a token of the newest key."""
        return self._keys().encrypt(text.encode()).decode("ascii")

    def unseal(self, token: str) -> str:
        """The text again; raises InvalidToken when none of the keys fits."""
        return self._keys().decrypt(token.encode("ascii")).decode()

    def rotate(self, token: str) -> str:
        """The same text sealed anew with the newest key; raises InvalidToken."""
        return self._keys().rotate(token.encode("ascii")).decode("ascii")

    def is_newest(self, token: str) -> bool:
        """Whether the newest key alone opens the token, so that the older ones may go."""
        try:
            Fernet(getattr(settings, self.setting)[0]).decrypt(token.encode("ascii"))
        except InvalidToken:
            return False
        return True

    def _keys(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in getattr(settings, self.setting)])


def fault(setting: str) -> str:
    """What is wrong with the keys of a setting, in one line; empty when nothing is."""
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
    """The same for Django's checks: `app.E001` for no key at all, `app.E002` for a wrong one."""
    if message := fault(setting):
        number = "E001" if message.endswith("is empty.") else "E002"
        return [Error(message, hint=_HINT, id=f"{app}.{number}")]
    return []
