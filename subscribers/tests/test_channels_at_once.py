"""Fifty simultaneous confirmations make one change; without the guards they make more (3.3)."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from subscribers.models import ChannelAssignment, ChannelPackage, Operation, Provisioning, Subscriber
from subscribers.services import channels, operations
from subscribers.tests.factories import ChannelPackageFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("two_channels")]
THREADS = 50
LOCK = next(one for one in ChannelAssignment._meta.constraints if one.name == "channels_change_is_locked")


@pytest.fixture
def packages(db: None) -> list[ChannelPackage]:
    return [ChannelPackageFactory.create(channels=size, fee=size) for size in (10, 30)]


@pytest.fixture
def confirm(trunk: Subscriber, packages: list[ChannelPackage], owner: User, client_of: Callable[[User], Client]) -> Any:
    """Confirms in all threads at the same time, each with a separate connection; returns the responses.

    Every other thread asks for the other package, so that the rule against «the same package» guards nothing.
    """
    cookies = client_of(owner).cookies
    gate = threading.Barrier(THREADS)

    def one(token: str, package: ChannelPackage) -> tuple[int, str]:
        client = Client(raise_request_exception=False)
        client.cookies = cookies
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            address = reverse("subscribers:channels_review", args=[trunk.pk, package.pk])
            response = client.post(address, {"token": token})
            return response.status_code, response.headers.get("Location", "") or response.content.decode()
        finally:
            connection.close()

    def all_of(tokens: list[str], *, alternate: bool) -> list[tuple[int, str]]:
        wanted = [packages[index % 2 if alternate else 0] for index in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(one, tokens, wanted))

    return all_of


def same_form() -> list[str]:
    return ["one form"] * THREADS


def own_forms() -> list[str]:
    return [f"form {index}" for index in range(THREADS)]


def changes() -> int:
    return ChannelAssignment.objects.filter(started_by__isnull=False).count()


def written() -> tuple[int, int, int, int]:
    """Counts of new packages, operations, audit events and switch state versions."""
    state = Provisioning.objects.first()
    journal = AuditEvent.objects.filter(action="channels.changed").count()
    return changes(), Operation.objects.count(), journal, state.version if state else 0


def test_one_form_sent_fifty_times(confirm: Any, trunk: Subscriber) -> None:
    answers = confirm(same_form(), alternate=False)
    page = reverse("subscribers:operation", args=[trunk.pk, Operation.objects.get().pk])
    assert set(answers) == {(302, f"{page}?done=1")}
    assert written() == (1, 1, 1, 1)


def test_fifty_forms(confirm: Any) -> None:
    answers = confirm(own_forms(), alternate=True)
    assert Counter(status for status, _ in answers) == {302: 1, 409: THREADS - 1}
    late = {page for status, page in answers if status == 409}
    assert all("29.11.2026, 10:00" in page and "Сейчас сменить пакет каналов нельзя" in page for page in late)
    assert written() == (1, 1, 1, 1)


@pytest.mark.full
def test_the_database_alone_holds_the_rule(confirm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rule and the subscriber's lock only the constraint is left; refused changes leave no rows."""
    _without_the_rule(monkeypatch)
    monkeypatch.setattr(operations, "locked", lambda subscriber: subscriber)
    answers = Counter(status for status, _ in confirm(own_forms(), alternate=True))
    # Inserts that wait for one another under an exclusion constraint may deadlock, and PostgreSQL then refuses one of
    # them. The subscriber's lock protects customers from that error.
    assert answers[302] == 1
    assert answers[409] + answers[500] == THREADS - 1
    assert written() == (1, 1, 1, 1)


@pytest.fixture
def no_constraint(transactional_db: None) -> Iterator[None]:
    """The test database's owner drops the constraint, and restores it after the rows that violate it are deleted."""
    _as_owner(lambda editor: editor.remove_constraint(ChannelAssignment, LOCK))
    assert not _constraint_is_there()
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("TRUNCATE subscribers_channelassignment")
    _as_owner(lambda editor: editor.add_constraint(ChannelAssignment, LOCK))
    assert _constraint_is_there()


@pytest.mark.full
@pytest.mark.usefixtures("no_constraint")
def test_without_the_guards_there_would_be_more(confirm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_the_rule(monkeypatch)
    confirm(own_forms(), alternate=True)
    assert changes() > 1


def _without_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "require_unlocked", lambda _trunk, _at: None)


def _as_owner(work: Callable[[Any], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    with connection.schema_editor() as editor:
        work(editor)
    connection.close()  # the next connection uses the application's role again


def _constraint_is_there() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conname = %s", [LOCK.name])
        return bool(cursor.fetchone()[0])
