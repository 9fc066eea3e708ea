"""Rows of tables of services: what a row says, and that everything in it is escaped (3.2)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import User
from sipcabinet.lib.periods import Month
from subscribers import service_rows
from subscribers.models import (
    ChannelAssignment,
    ChannelPackage,
    MinuteAssignment,
    MinutePackage,
    Operation,
    Service,
    ServiceAssignment,
    ServiceParameter,
    Subscriber,
)
from subscribers.selectors.minute_packages import HeldPackages, MinuteOffer, MinutesShown
from subscribers.selectors.service_effects import Effect, Effects
from subscribers.selectors.services import Assigned, Offer

BAD, ESCAPED = "<b>\"'&", "&lt;b&gt;&quot;&#x27;&amp;"
MOMENT = datetime(2026, 11, 5, 7, 30, tzinfo=UTC)
SUBSCRIBER = Subscriber(pk=7, phone="+375447112030")


def service(**fields: object) -> Service:
    return Service(pk=12345, name=BAD, description=BAD, **fields)


def assigned(parameters: dict[str, object], fee: Decimal | None = None, **fields: object) -> str:
    row = ServiceAssignment(service=service(**fields), parameters=parameters)
    return service_rows.assigned(SUBSCRIBER, [Assigned(row, MOMENT, fee)])


def test_a_name_a_description_and_parameters_are_escaped() -> None:
    operation = Operation(pk=3, number=BAD, made_by=User(name=BAD))
    row = ServiceAssignment(service=service(), parameters={"numbers": [BAD] * 4}, started_at=MOMENT)
    row.started_by = row.ended_by = operation
    row.ended_at = MOMENT
    effects = Effects(Month(2026, 11), [Effect(service(), Decimal(1), 3, Decimal("0.10"))])
    for shown, times in (
        (assigned({"forward_to": BAD}), 3),
        (assigned({"numbers": [BAD]}, by_application=True), 3),
        (assigned({"numbers": [BAD]}, parameter=ServiceParameter.NUMBERS), 4),
        (service_rows.offered(SUBSCRIBER, [Offer(service(), Decimal(1))]), 3),
        (service_rows.offered(SUBSCRIBER, [Offer(service(by_application=True), None)]), 3),
        (service_rows.history(SUBSCRIBER, [row]), 9),
        (service_rows.effects(effects), 1),
    ):
        assert BAD not in shown
        assert shown.count(ESCAPED) == times


@pytest.mark.parametrize(
    ("fee", "said"),
    [(None, "цена не задана"), (Decimal(0), "бесплатно"), (Decimal("1234.5"), "1\u00a0234,50\u00a0BYN")],
)
def test_a_fee_is_a_sum_or_words(fee: Decimal | None, said: str) -> None:
    assert said in assigned({}, fee)
    assert said in service_rows.offered(SUBSCRIBER, [Offer(service(), fee)])


def test_actions_are_those_that_the_customer_may_take() -> None:
    shown = assigned({})
    assert "?services=12345" in shown
    assert "Изменить" not in shown
    assert "Изменить" in assigned({}, parameter=ServiceParameter.FORWARD_TO)
    paper = assigned({}, parameter=ServiceParameter.FORWARD_TO, by_application=True)
    assert "Заявление" in paper
    assert "Изменить" not in paper
    assert "Удалить" not in paper
    assert "<a " not in service_rows.offered(SUBSCRIBER, [Offer(service(), None)])


def test_what_a_row_does_not_have() -> None:
    assert '<span class="muted">—</span>' in assigned({"numbers": []})
    row = ServiceAssignment(service=service(), parameters={}, started_at=MOMENT)
    shown = service_rows.history(SUBSCRIBER, [row])
    assert "05.11.2026, 10:30" in shown
    assert '<span class="badge ok">подключена</span>' in shown
    assert "<p" not in shown
    row.started_by = Operation(pk=3, number="О-1", made_by=User(name="Иван", is_staff=True))
    assert "оператор" in service_rows.history(SUBSCRIBER, [row])
    unknown = service_rows.effects(Effects(Month(2026, 11), [Effect(service(), None, 3, None)]))
    assert "—" in unknown
    assert "3 из 30" in unknown


def test_a_list_of_numbers_opens_if_it_is_long() -> None:
    assert "<details>" not in assigned({"numbers": ["+375447112030"] * 3})
    shown = assigned({"numbers": ["+375447112030"] * 4})
    assert "<summary>Номеров: 4</summary>" in shown
    assert shown.count("+375 44 711-20-30") == 4


def test_packages_are_told_with_their_fees() -> None:
    package = ChannelPackage(pk=2, channels=10)
    channels = ChannelAssignment(package=package, started_at=MOMENT)
    now = MinuteAssignment(package=MinutePackage(minutes=300), started_at=MOMENT, ended_at=MOMENT)
    offer = MinuteOffer(MinutePackage(minutes=3000), None)
    none = service_rows.packages(SUBSCRIBER, None, MinutesShown(HeldPackages(None, []), None, []))
    assert none.count("пакета нет") == 2
    assert "Есть пакеты" not in none
    shown = service_rows.packages(
        SUBSCRIBER, (channels, Decimal(5)), MinutesShown(HeldPackages(now, []), Decimal(0), [offer])
    )
    assert package.name in shown
    assert "5,00\u00a0BYN" in shown
    assert "отключается 05.11.2026" in shown
    assert "бесплатно" in shown
    assert f'<span class="nw">{offer.package.name}</span>' in shown
    priced = MinuteOffer(offer.package, Decimal(9))
    changed = service_rows.packages(SUBSCRIBER, None, MinutesShown(HeldPackages(now, [now]), None, [offer, priced]))
    assert "отключается" not in changed
    assert f"с 05.11.2026 — {now.package.name}" in changed
    assert f"{offer.package.name} — 9,00\u00a0BYN" in changed
