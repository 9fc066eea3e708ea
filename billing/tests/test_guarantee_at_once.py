"""The same confirmation sent fifty times at one moment makes one guarantee (2.2.3)."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from accounts.tests.factories import StaffFactory
from billing.models import PaymentGuarantee
from billing.services import guarantees, ledger
from billing.services.guarantees import GuaranteeError
from billing.tests.debtors import owes, promises
from notifications.models import Letter
from sipcabinet.tests.at_once import at_once, posted

THREADS = 50
pytestmark = pytest.mark.django_db(transaction=True)
INDEX = "CREATE UNIQUE INDEX one_open_guarantee ON billing_paymentguarantee (account_id)"


@pytest.fixture
def confirm(owner: User, client_of: Callable[[User], Client], at: Callable[[str], Any]) -> Any:
    """Sends the confirmation; with `tokens`, each time from a separate page."""
    at("2026-11-22 10:00")
    assert owner.account is not None
    owes(owner.account)
    cookies, serial = client_of(owner).cookies, itertools.count()

    def request(*, tokens: bool = False) -> tuple[int, str]:
        token = f"t{next(serial)}" if tokens else "t1"
        return posted(cookies, "/guarantees/register/review/?amount=100.00", {"token": token})

    return request


def test_fifty_confirmations_make_one_promise(confirm: Any) -> None:
    answers = at_once([confirm] * THREADS)
    guarantee = PaymentGuarantee.objects.get()
    assert set(answers) == {(302, reverse("billing:guarantee", args=[guarantee.number]) + "?placed=1")}
    assert AuditEvent.objects.filter(action="guarantee.requested").count() == 1
    assert Letter.objects.count() == 1


@pytest.mark.full
def test_fifty_pages_make_one_promise_and_are_told_of_it(confirm: Any) -> None:
    answers = [status for status, _address in at_once([lambda: confirm(tokens=True)] * THREADS)]
    assert (answers.count(302), answers.count(409)) == (1, THREADS - 1)
    assert PaymentGuarantee.objects.count() == Letter.objects.count() == 1


@contextmanager
def as_owner() -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        yield cursor
    connection.close()


@pytest.fixture
def without_guards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Removes the lock, the form's key, and the database constraint."""
    serial = itertools.count()
    monkeypatch.setattr(ledger, "lock", lambda _account: None)
    monkeypatch.setattr(guarantees, "_dedupe_key", lambda *_args: f"key-{next(serial)}")
    with as_owner() as cursor:
        cursor.execute("DROP INDEX one_open_guarantee")
    yield
    with as_owner() as cursor:
        cursor.execute("DELETE FROM billing_paymentguarantee")
        cursor.execute(f"{INDEX} WHERE state IN ('pending', 'accepted')")


@pytest.mark.usefixtures("without_guards")
def test_without_its_guards_there_would_be_more(confirm: Any) -> None:
    at_once([confirm] * THREADS)
    assert PaymentGuarantee.objects.count() > 1


def test_two_of_the_staff_decide_once(owner: User, at: Callable[[str], Any]) -> None:
    at("2026-11-22 10:00")
    assert owner.account is not None
    owes(owner.account)
    guarantee, people = promises(owner.account), [StaffFactory.create() for _ in range(8)]

    def decide(staff: User) -> str:
        try:
            if staff.pk % 2:
                return guarantees.accept(guarantee=guarantee, staff=staff).state
            return guarantees.reject(guarantee=guarantee, staff=staff, reason="Нет").state
        except GuaranteeError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        outcomes = list(pool.map(decide, people))
    assert outcomes.count("guarantee.decided") == len(people) - 1
    assert Letter.objects.exclude(kind="guarantee_requested").count() == 1
