"""The portal does not start if its settings do not allow sealing letters."""

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from pytest_django import Settings

GOOD = Fernet.generate_key().decode()


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ([GOOD], set()),
        ([GOOD, Fernet.generate_key().decode()], set()),
        ([], {"notifications.E001"}),
        ([""], {"notifications.E001"}),
        (["too short"], {"notifications.E002"}),
        ([GOOD, "x" * 44], {"notifications.E002"}),
        ([GOOD, "ключ"], {"notifications.E002"}),
    ],
)
def test_letter_keys_are_fernet_keys(settings: Settings, keys: list[str], found: set[str]) -> None:
    settings.LETTER_KEYS = keys
    assert {message.id for message in run_checks() if str(message.id).startswith("notifications.")} == found
