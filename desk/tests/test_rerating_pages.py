"""«Пересчёт звонков» at the desk: rehearsed, ordered once, done by a worker, seen with its progress (4.5)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import AuditEvent, User
from accounts.tests.factories import StaffFactory
from desk.tests.cast import clerk
from desk.tests.price_tables import place, rate
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.page_text import words
from sipcabinet.tests.signed_in import signed_in
from subscribers.calls import months, rerating
from subscribers.calls.months import MonthClosedError
from subscribers.models import BillingMonth, CallDailyTotal, CallRecord, Rerating
from subscribers.services import reratings
from subscribers.services.reratings import ReratingError
from subscribers.tests.factories import CallFactory, TrunkFactory

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
PAGE = "admin:desk_rerating"


@pytest.fixture(autouse=True)
def _call(at: Callable[[str], Any], transactional_db: None) -> None:
    """One call of November at 0.80, whose rate has become 0.50."""
    at("2026-11-22 10:00")
    BillingMonth.objects.create(month=NOVEMBER.first_day)
    rate("48", "0.8")
    rate("4822", "0.5")
    CallFactory.create(
        subscriber=TrunkFactory.create(),
        other_party="+48221234567",
        destination=place(),
        price_per_minute=Decimal("0.8"),
    )


@pytest.fixture
def desk(transactional_db: None) -> Client:
    return signed_in(StaffFactory.create())


def costs() -> list[str]:
    return [f"{call.cost:.2f}" for call in CallRecord.objects.all()]


def post(desk: Client, month: str = "2026-11", **more: str) -> str:
    return words(desk.post(reverse(PAGE), {"month": month} | more, follow=True)).replace("\u00a0", " ")


def test_a_rehearsal_tells_the_difference_and_writes_nothing(desk: Client) -> None:
    assert "Ноябрь 2026 1 Пробный пересчёт" in words(desk.get(reverse(PAGE)))
    assert "Начато." in post(desk, rehearse="1")
    assert reratings.drain() == 1
    page = words(desk.get(reverse(PAGE))).replace("\u00a0", " ")
    assert "пробный готово" in page
    assert "изменилось бы: 1 . Стоимость без НДС: 0,80 BYN → 0,50 BYN (−0,30 BYN)" in page
    assert costs() == ["0.80"]
    assert not AuditEvent.objects.filter(action="rerating.done").exists()


def test_a_re_rating_is_ordered_done_and_written_down(desk: Client) -> None:
    page = post(desk)
    assert "Проверено 0 из 1 звонков" in page
    job = Rerating.objects.get()
    assert "hx-get" in desk.get(reverse("admin:desk_rerating_status", args=[job.pk])).content.decode()
    assert reratings.drain() == 1
    job.refresh_from_db()
    assert (job.state, job.checked, job.changed, job.difference) == (JobState.DONE, 1, 1, Decimal("-0.3"))
    assert costs() == ["0.50"]
    assert "hx-get" not in desk.get(reverse("admin:desk_rerating_status", args=[job.pk])).content.decode()
    ordered, done = AuditEvent.objects.filter(action__startswith="rerating").order_by("pk")
    assert "Начат пересчёт за ноябрь 2026" in ordered.summary
    assert "проверено 1, изменилось 1" in done.summary


def test_a_second_order_of_a_month_is_told_of_the_first(desk: Client) -> None:
    post(desk)
    assert "Пересчёт за ноябрь 2026 уже идёт" in post(desk, rehearse="1")
    assert Rerating.objects.count() == 1
    reratings.drain()
    post(desk)
    assert Rerating.objects.count() == 2


def test_two_people_at_once_start_one(desk: Client) -> None:
    people = [Actor(StaffFactory.create()) for _ in range(2)]

    def order(actor: Actor) -> str:
        try:
            reratings.order(month=NOVEMBER, is_rehearsal=False, actor=actor)
        except ReratingError as refusal:
            return refusal.message
        return "started"

    answers = sorted(at_once([lambda actor=actor: order(actor) for actor in people]))  # type: ignore[misc]
    assert answers[0] == "started"
    assert "уже идёт" in answers[1]
    assert Rerating.objects.count() == 1


@pytest.mark.parametrize("month", ["2026-13", "", "x", "2026-10"])
def test_only_open_months_are_re_rated(desk: Client, month: str) -> None:
    BillingMonth.objects.create(month=OCTOBER.first_day, closed_at=clock.now())
    assert "уже закрыт" in post(desk, month) if month == "2026-10" else "Выберите месяц" in post(desk, month)
    assert not Rerating.objects.exists()


def test_a_month_that_closes_before_the_worker_comes_is_left_alone(at: Callable[[str], Any]) -> None:
    job = reratings.order(month=NOVEMBER, is_rehearsal=False, actor=Actor(StaffFactory.create()))
    at("2026-12-05 10:00")
    months.close(NOVEMBER)
    reratings.drain()
    job.refresh_from_db()
    assert (job.state, "уже закрыт" in job.last_error) == (JobState.REFUSED, True)
    assert costs() == ["0.80"]
    with pytest.raises(MonthClosedError):
        reratings.order(month=NOVEMBER, is_rehearsal=False, actor=Actor(StaffFactory.create()))


def test_progress_is_written_between_trunks(monkeypatch: pytest.MonkeyPatch) -> None:
    CallFactory.create(subscriber=TrunkFactory.create(), other_party="+48221234567", destination=place())
    job = reratings.order(month=NOVEMBER, is_rehearsal=True, actor=Actor(StaffFactory.create()))
    monkeypatch.setattr(reratings, "_PAUSE", 0.0)
    seen: list[int] = []
    rerate = rerating.rerate

    def watched(**given: Any) -> Any:
        tell = given["progress"]

        def progress(calls: int) -> None:
            tell(calls)
            seen.append(Rerating.objects.get(pk=job.pk).checked)

        return rerate(**given | {"progress": progress})

    monkeypatch.setattr(rerating, "rerate", watched)
    reratings.drain()
    assert seen[-1] == 2
    assert 1 in seen


def test_who_only_reads_sees_the_runs_and_starts_none(desk: Client) -> None:
    post(desk)
    reader: User = clerk("subscribers.view_rerating")
    page = signed_in(reader).get(reverse(PAGE))
    assert "Последние пересчёты" in words(page)
    assert "Пересчитать" not in words(page)
    assert signed_in(reader).post(reverse(PAGE), {"month": "2026-11"}).status_code == 403
    assert signed_in(clerk()).get(reverse(PAGE)).status_code == 403
    assert Rerating.objects.count() == 1


def test_a_month_without_calls_has_nothing_to_re_rate(desk: Client) -> None:
    CallRecord.objects.all().delete()
    CallDailyTotal.objects.all().delete()
    assert "Открытых месяцев со звонками нет" in words(desk.get(reverse(PAGE)))
