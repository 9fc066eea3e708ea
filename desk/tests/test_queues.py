"""The queues: each row that waits is counted once, by those who may see it, in one statement (4.2)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import PasswordRequest, User
from accounts.tests.factories import AccountFactory
from billing.tests.factories import OrderFactory
from desk.queue import Part
from desk.queues import QUEUES
from desk.selectors import decisions, waiting
from desk.tests.cast import clerk, request_of_guarantee, unclear, undelivered
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import BillingMonth, CallReject, Provisioning, ProvisioningJob
from subscribers.tests.factories import CallFactory, TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
PARTS = [part for queue in QUEUES for part in queue.parts]


def rejected(code: str = "columns", key: str = "k") -> CallReject:
    call = CallFactory.create()
    return CallReject.objects.create(
        call_import=call.call_import, source=call.source, line_no=3, raw="x", code=code, reason="r", content_key=key
    )


def counted() -> dict[str, int]:
    """The parts in which something waits."""
    return {name: found.count for name, found in waiting.count().items() if found.count}


def told(user: User, name: str, *, over: bool = False) -> Any:
    rows = decisions.of(user, waiting.count(), month_is_over=over).rows
    return next((row for row in rows if row.queue.name == name), None)


def test_all_queues_are_counted_in_one_statement(staff: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        found = waiting.count()
    assert len(queries) == 1
    assert set(found) == {part.name for part in PARTS}
    assert not counted()


def test_names_of_queues_and_parts_are_unique() -> None:
    assert len({queue.name for queue in QUEUES}) == len(QUEUES)
    assert len({part.name for part in PARTS}) == len(PARTS)


def test_what_staff_must_decide_about_is_counted_with_its_sum_and_age(staff: User, at: Callable[[str], Any]) -> None:
    request_of_guarantee()
    unclear("40.00")
    unclear("8.30", created_at=clock.now() - timedelta(days=3))
    unclear("1.00", resolved_at=clock.now())
    assert counted() == {"guarantees": 1, "suspense": 2}
    row = told(staff, "suspense")
    assert (row.count, row.note, row.age, row.state) == (2, "48,30\u00a0BYN", "3 дня", "дольше нормы")
    assert waiting.count()["suspense"].sum == Decimal("48.30")
    fresh = told(staff, "guarantees")
    assert (fresh.tone, fresh.state) == ("ok", "в срок")
    at("2026-11-23 09:00")
    assert told(staff, "guarantees").state == "сегодня до 10:00"
    at("2026-11-23 10:01")
    assert told(staff, "guarantees").is_late


def test_late_queues_come_first(staff: User) -> None:
    request_of_guarantee()
    undelivered(finished_at=clock.now() - timedelta(days=3))
    rows = decisions.of(staff, waiting.count(), month_is_over=False).rows
    assert [row.queue.name for row in rows] == ["letters", "guarantees"]


def test_rejected_calls_say_why_and_that_they_stop_the_close(staff: User) -> None:
    rejected()
    row = told(staff, "rejects")
    assert (row.note, row.state) == ("Не столько колонок, сколько нужно", "в срок")
    assert told(staff, "rejects", over=True).state == "мешает закрыть месяц"
    rejected("destination", "l")
    rejected("time", "m")
    assert told(staff, "rejects").note == "3 причины"


def test_a_letter_waits_until_it_is_sent_again(staff: User) -> None:
    lost = undelivered()
    undelivered(state="done")
    undelivered(finished_at=clock.now() - timedelta(days=31))
    undelivered(state="parked", smtp_code=None)
    assert counted() == {"letters": 2}
    assert told(staff, "letters").note == "ответ сервера 550"
    undelivered(state="waiting", finished_at=None, resend_of=lost)
    assert counted() == {"letters": 1}


def test_a_number_that_the_switch_does_not_have_waits_until_a_job_tries_again(staff: User) -> None:
    trunk = TrunkFactory.create()
    Provisioning.objects.filter(subscriber=trunk).delete()
    Provisioning.objects.create(subscriber=trunk, account=trunk.account, version=2, applied_version=1)
    job = ProvisioningJob.objects.create(
        account=trunk.account, subscriber=trunk, version=2, state="parked", finished_at=clock.now() - timedelta(hours=2)
    )
    assert counted() == {"switch": 1}
    assert (told(staff, "switch").age, told(staff, "switch").state) == ("2\u00a0ч", "дольше нормы")
    ProvisioningJob.objects.create(account=trunk.account, subscriber=trunk, version=2)
    assert not counted()
    assert job.state == "parked"


def test_stopped_and_stalled_work_is_told_by_its_kind(staff: User) -> None:
    now = clock.now()
    OrderFactory.create(state="parked", finished_at=now)
    PasswordRequest.objects.create(phone="+375447112030", address="203.0.113.7", state="parked", finished_at=now)
    PasswordRequest.objects.create(phone="+375447112030", address="203.0.113.7", due_at=now - timedelta(minutes=31))
    PasswordRequest.objects.create(phone="+375447112030", address="203.0.113.7", due_at=now - timedelta(minutes=29))
    claimed = {"due_at": now - timedelta(hours=1), "claimed_until": now + timedelta(minutes=1)}
    PasswordRequest.objects.create(phone="+375447112030", address="203.0.113.7", **claimed)
    assert counted() == {"stopped_documentorder": 1, "stopped_passwordrequest": 1, "stalled_passwordrequest": 1}
    assert told(staff, "stopped").note == "заказы документов\u00a01, запросы паролей\u00a01"
    assert told(staff, "stalled").url == reverse("admin:accounts_passwordrequest_changelist") + "?trouble=stalled"


def test_a_month_waits_for_its_close_once_it_is_over(staff: User) -> None:
    BillingMonth.objects.create(month=date(2026, 11, 1))
    assert not counted()
    BillingMonth.objects.create(month=date(2026, 10, 1))
    row = told(staff, "months")
    assert (row.count, row.note, row.age) == (1, "октябрь 2026", row.age)
    assert row.is_late  # since the 1st of November
    BillingMonth.objects.filter(month=date(2026, 10, 1)).update(closed_at=clock.now())
    assert not counted()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_link_of_a_queue_shows_its_rows(part: Part, staff: User) -> None:
    assert signed_in(staff).get(part.list_url).status_code == 200


def test_a_filter_shows_what_waits_and_nothing_else(staff: User) -> None:
    lost, sent = undelivered(subject="Не дошло"), undelivered(subject="Дошло")
    undelivered(state="done", resend_of=sent)
    page = signed_in(staff).get(reverse("admin:notifications_letter_changelist") + "?trouble=stopped")
    assert [letter.pk for letter in page.context["cl"].result_list] == [lost.pk]


def test_a_queue_is_told_to_those_who_may_see_its_rows(staff: User) -> None:
    unclear()
    undelivered()
    person = clerk("notifications.view_letter")
    found = decisions.of(person, waiting.count(), month_is_over=False)
    assert [row.queue.name for row in found.rows] == ["letters"]
    assert {queue.name for queue in found.empty} == {"stalled"}  # letters that stand still
    assert not decisions.of(clerk(), waiting.count(), month_is_over=False).some
    assert waiting.numbers(person) == {"letters": 1, "stalled": 0}


def test_who_may_only_look_is_not_sent_to_decide(staff: User) -> None:
    unclear()
    assert told(clerk("billing.view_suspensepayment"), "suspense").first_url == ""
    url = told(clerk("billing.change_suspensepayment"), "suspense").first_url
    assert url == reverse("admin:desk_queue_next", args=["suspense"])


@pytest.mark.usefixtures("queues_counted")
def test_counts_of_the_navigation_are_kept_for_half_a_minute(staff: User, today: Any) -> None:
    client, url = signed_in(staff), reverse("admin:billing_payment_changelist")
    client.get(url)
    unclear()
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url).content.decode()
    assert not [query for query in queries if "UNION ALL" in query["sql"]]
    assert 'class="count"' not in page
    today.shift(31)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url).content.decode()
    assert len([query for query in queries if "UNION ALL" in query["sql"]]) == 1
    assert '<b class="count">1<' in page


def test_a_stranger_s_account_is_not_needed(staff: User) -> None:
    """Letters without an account (of staff) wait too."""
    undelivered(AccountFactory.create())
    undelivered(None)
    assert Letter.objects.count() == counted()["letters"]
