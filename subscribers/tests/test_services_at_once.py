"""Fifty simultaneous confirmations make one change of services (3.2)."""

import itertools
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from sipcabinet.tests.at_once import at_once
from subscribers.models import Operation, ProvisioningJob, Service, ServiceAssignment, Subscriber
from subscribers.services import operations
from subscribers.switch import provisioning
from subscribers.tests.factories import ServiceFactory

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 50


@pytest.fixture
def opposite(db: None) -> list[Service]:
    """Two services that exclude each other: no database constraint enforces this."""
    access, bar = ServiceFactory.create(fee=0), ServiceFactory.create(fee=0)
    access.excludes.add(bar)
    return [access, bar]


@pytest.fixture
def confirm(owner: User, trunk: Subscriber, client_of: Callable[[User], Client]) -> Callable[[Service, str], int]:
    """Confirms one service with a token; returns the response's status."""
    cookies = client_of(owner).cookies
    url = reverse("subscribers:services_add_check", args=[trunk.pk])

    def sent(service: Service, token: str) -> int:
        client = Client(raise_request_exception=False)
        client.cookies = cookies
        return client.post(url, {"services": service.pk, "token": token, "confirm": "1"}).status_code

    return sent


def counts() -> list[int]:
    """Counts of operations, periods, jobs for the switch and audit events."""
    journal = AuditEvent.objects.filter(action="service.added")
    return [rows.count() for rows in (Operation.objects, ServiceAssignment.objects, ProvisioningJob.objects, journal)]


@pytest.mark.full
def test_the_same_form_fifty_times_is_one_change(confirm: Any) -> None:
    service = ServiceFactory.create()
    answers = at_once([lambda: confirm(service, "t")] * THREADS)
    assert set(answers) == {302}
    assert counts() == [1, 1, 1, 1]


@pytest.mark.full
def test_fifty_forms_for_one_service_make_one_change(confirm: Any) -> None:
    service, serial = ServiceFactory.create(), itertools.count()
    answers = at_once([lambda: confirm(service, f"t{next(serial)}")] * THREADS)
    assert sorted(answers) == [302] + [409] * (THREADS - 1)
    assert counts() == [1, 1, 1, 1]


@pytest.mark.full
def test_two_that_exclude_each_other_never_begin_together(confirm: Any, opposite: list[Service]) -> None:
    serial = itertools.count()

    def one(service: Service) -> int:
        answer: int = confirm(service, f"t{next(serial)}")
        return answer

    requests = [partial(one, service) for service in opposite] * (THREADS // 2)
    assert sorted(at_once(requests)) == [302] + [409] * (THREADS - 1)
    assert counts() == [1, 1, 1, 1]


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removes the lock, and also the switch's state: its versions alone would stop the second of two changes."""
    met, begin = threading.Barrier(2), operations.begin

    def locked(subscriber: Subscriber) -> Subscriber:
        return Subscriber.objects.select_related("plan", "account").get(pk=subscriber.pk)

    def begun(**given: Any) -> Operation:
        met.wait(timeout=60)  # now both have passed the check
        return begin(**given)

    monkeypatch.setattr(operations, "locked", locked)
    monkeypatch.setattr(operations, "begin", begun)
    monkeypatch.setattr(provisioning, "want", lambda **_given: None)


@pytest.mark.usefixtures("unlocked")
def test_without_the_lock_they_would(confirm: Any, opposite: list[Service]) -> None:
    answers = at_once([lambda: confirm(opposite[0], "t1"), lambda: confirm(opposite[1], "t2")])
    assert answers == [302, 302]
    assert ServiceAssignment.objects.filter(ended_at=None).count() == 2


@pytest.mark.usefixtures("unlocked")
def test_without_the_lock_the_database_still_keeps_one_service_from_beginning_twice(confirm: Any) -> None:
    service = ServiceFactory.create()
    answers = at_once([lambda: confirm(service, "t1"), lambda: confirm(service, "t2")])
    # The other is refused, or is the victim of a deadlock between two inserts under the exclusion constraint.
    assert [answer == 302 for answer in sorted(answers)] == [True, False]
    assert (Operation.objects.count(), ServiceAssignment.objects.count()) == (1, 1)
