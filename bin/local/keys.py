"""Secrets of a local installation: created once and stored in `var/secrets.env`."""

import base64
import secrets
from collections.abc import Callable
from pathlib import Path

from . import envfile


def _token() -> str:
    return secrets.token_urlsafe(48)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": _token,
    "LETTER_KEYS": _fernet_key,
    "SIP_KEYS": _fernet_key,
    "POSTGRES_OWNER_PASSWORD": _token,
    "POSTGRES_WEB_PASSWORD": _token,
    "POSTGRES_PORTAL_PASSWORD": _token,
    "POSTGRES_VIEWER_PASSWORD": _token,
    "VALKEY_PASSWORD": _token,
    "KAMAILIO_PASSWORD": _token,
    "CABINET_PASSWORD": _token,
}


def load_or_make(path: Path) -> dict[str, str]:
    """Every secret by name. Secrets in the file are kept; missing ones are created and added to the file."""
    known = envfile.read(path)
    missing = {name: make() for name, make in MAKERS.items() if not known.get(name)}
    if missing:
        envfile.write(path, known | missing)
    return known | missing
