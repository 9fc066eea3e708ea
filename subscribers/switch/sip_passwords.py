"""SIP passwords: random, stored sealed, readable only by the application. The switch needs them in clear."""

import secrets

from sipcabinet.lib.seals import Seal
from subscribers.models import SipAccount, Subscriber

SEAL = Seal("SIP_KEYS")
PASSWORD_LENGTH = 20
# Letters and digits that are not easily confused, without characters that have a meaning in configuration files.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def new_password() -> str:
    """A random SIP password of about 116 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(PASSWORD_LENGTH))


def seal(trunk: Subscriber, password: str) -> str:
    """Seals the password with the row's id inside, so that a token moved to another row is useless there."""
    return SEAL.seal(f"{trunk.pk}:{password}")


def password_of(row: SipAccount) -> str:
    """The SIP password in clear; raises InvalidToken for an unknown key, ValueError for a token of another row."""
    trunk_id, _, password = SEAL.unseal(row.password_sealed).partition(":")
    if trunk_id != str(row.pk):
        raise ValueError("the sealed password belongs to another trunk")
    return password
