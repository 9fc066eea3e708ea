"""A person of the staff who views an account as its customer, for tests of the view (4.9)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import StaffFactory
from sipcabinet.tests.page_text import source as text
from sipcabinet.tests.signed_in import signed_in

REASON = "Звонок: не видит счёт за октябрь"
RIGHT = "view_as_customer"


@pytest.fixture(autouse=True)
def clock_at_ten(at: Callable[[str], Any]) -> Any:
    """The simulated clock: a Tuesday, ten o'clock."""
    return at("2026-11-24 10:00")


@pytest.fixture
def support() -> User:
    """A person of the staff who may view as the customer, and nothing else."""
    person = StaffFactory.create(is_superuser=False, name="Инна Лис")
    person.user_permissions.add(Permission.objects.get(codename=RIGHT))
    return person


@pytest.fixture
def browser(support: User) -> Client:
    return signed_in(support)


@pytest.fixture
def viewing(browser: Client, owner: User) -> Client:
    """The browser of `support`, who views the account of `owner`."""
    begin(browser, owner.account)
    return browser


def begin(browser: Client, account: Account | None, reason: str = REASON) -> Any:
    assert account is not None
    return browser.post(reverse("admin:desk_view_as", args=[account.pk]), {"reason": reason})


def is_viewing(browser: Client) -> bool:
    answer = browser.get(reverse("billing:account"))
    return answer.status_code == 200 and "Вы смотрите кабинет клиента" in text(answer)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
