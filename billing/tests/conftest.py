from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import Account
from accounts.tests.factories import AccountFactory, CustomerFactory
from billing.tests import bank_days
from billing.tests.bank_files import PAYER
from billing.tests.taken import NUMBER
from subscribers.models import Subscriber
from subscribers.tests.factories import TrunkFactory


@pytest.fixture
def invoicing_day(at: Callable[[str], Any]) -> None:
    """The day on which invoices of October are issued."""
    at("2026-11-10 09:00")


@pytest.fixture
def statements_are_complete(db: None) -> None:
    """Every bank day has its statement, at any moment of the clock."""
    bank_days.read()


@pytest.fixture(autouse=True)
def stored_files(tmp_path: Path, settings: LazySettings) -> Path:
    """A separate default storage for each test."""
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path


@pytest.fixture
def payer(db: None) -> Account:
    """An account whose customer has the IBAN PAYER."""
    return AccountFactory.create(number=NUMBER, customer=CustomerFactory.create(iban=PAYER))


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    """A «SIP-соединение» of `account`."""
    return TrunkFactory.create(account=account)
