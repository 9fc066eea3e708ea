"""Monthly prices and destinations as tables; what is exported is read back as unchanged (4.3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from desk.imports import KINDS
from desk.tests.price_tables import LONG_AGO, applied, checked, fees_file, file_of, place, places_file, rate
from sipcabinet.lib import tables
from sipcabinet.lib.tables import TableFileError
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import BillingMonth, Destination, MinutePrice, PlanKind, PlanTerms, Rate, ServicePrice
from subscribers.tests.factories import (
    CallFactory,
    ChannelPackageFactory,
    MinutePackageFactory,
    PlanTermsFactory,
    ServiceFactory,
    TariffPlanFactory,
    TrunkFactory,
)
from subscribers.tests.price_list import load_price_list

pytestmark = pytest.mark.django_db
DECEMBER = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _catalogue(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-22 10:00")


def priced() -> None:
    PlanTermsFactory.create()
    PlanTermsFactory.create(
        plan=TariffPlanFactory.create(kind=PlanKind.NUMBER), monthly_fee="3.20", included_minutes=0, included_channels=0
    )
    ServiceFactory.create(code="black-list", name="Чёрный список", fee="1.00")
    ChannelPackageFactory.create(channels=10, fee=11)
    MinutePackageFactory.create(minutes=1000, fee=70)


# --- exports ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("code", sorted(KINDS))
def test_an_export_is_read_back_as_unchanged(staff: User, code: str, extension: str) -> None:
    load_price_list()
    place("odd", '=1+1; «кавычки» "и" +48', order=7)
    rate("48220", "0.130205", destination=place("odd"), first_increment=6, next_increment=6)
    priced()
    answer = signed_in(staff).get(reverse("admin:desk_table_export", args=[code]), {"format": extension})
    found = checked(file_of(answer), DECEMBER if KINDS[code].is_dated else None, code)
    assert found.problems == []
    assert set(found.counts) == {"same"}
    assert (
        found.counts["same"]
        == {"rates": Rate.objects.count(), "destinations": Destination.objects.count(), "fees": 5}[code]
    )


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_template_has_the_heading_that_the_import_needs(staff: User, code: str, extension: str) -> None:
    answer = signed_in(staff).get(reverse("admin:desk_table_template", args=[code]), {"format": extension})
    lines = tables.read(file_of(answer), tables.Bounds())
    with pytest.raises(TableFileError, match="ни одной строки"):
        tables.check(lines, KINDS[code].columns)


def test_an_export_of_a_day_has_the_prices_of_that_day(staff: User) -> None:
    rate("48", "0.8", until=DECEMBER)
    rate("48", "0.62", DECEMBER)
    client: Client = signed_in(staff)
    url = reverse("admin:desk_table_export", args=["rates"])
    now = file_of(client.get(url, {"format": "csv"})).decode()
    later = file_of(client.get(url, {"format": "csv", "day": "2026-12-01"})).decode()
    assert "48;нет;poland;0,80;60;1" in now
    assert "48;нет;poland;0,62;60;1" in later


# --- monthly prices --------------------------------------------------------------------------------------------------


def test_prices_of_every_sort_change_from_a_day() -> None:
    priced()
    applied(
        fees_file(
            ["план", "sip-trunk", "14", "", "4"],
            ["Услуга", "black-list", "1,20"],
            ["каналы", "10", "12"],
            ["минуты", "1000", "72"],
        ),
        DECEMBER,
        "fees",
    )
    terms = PlanTerms.objects.get(plan__code="sip-trunk", valid_until=None)
    assert (terms.monthly_fee, terms.included_minutes, terms.included_channels) == (Decimal(14), 300, 4)
    prices = ServicePrice.objects.order_by("valid_from")
    assert [(one.monthly_fee, one.valid_from, one.valid_until) for one in prices] == [
        (Decimal(1), LONG_AGO, DECEMBER), (Decimal("1.20"), DECEMBER, None)
    ]  # fmt: skip
    assert MinutePrice.objects.get(valid_until=None).monthly_fee == 72


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (["тариф", "sip-trunk", "1"], "Что", "нужно одно из: план, услуга, каналы, минуты"),
        (["план", "gold", "1"], "Код", "нет такого кода"),
        (["план", "sip-number", "1", "30"], "Минут", "только у плана SIP-соединения"),
        (["услуга", "black-list", "1", "", "2"], "Каналов", "только у плана SIP-соединения"),
        (["план", "sip-trunk", "1,234"], "Плата в месяц", "не больше 2 знаков"),
    ],
)
def test_a_faulty_price_is_named(row: list[str], field: str, reason: str) -> None:
    priced()
    (problem,) = checked(fees_file(row), DECEMBER, "fees").problems
    assert problem.field == field
    assert reason in problem.reason


# --- destinations ----------------------------------------------------------------------------------------------------


def test_destinations_are_added_and_changed_at_once() -> None:
    place("poland", "Польша", order=30)
    applied(places_file(["poland", "Республика Польша", "да", "", "", 30], ["somalia", "Сомали"]), None, "destinations")
    poland, somalia = Destination.objects.get(code="poland"), Destination.objects.get(code="somalia")
    assert (poland.name, poland.uses_allowance, poland.order) == ("Республика Польша", True, 30)
    assert (somalia.uses_allowance, somalia.order) == (False, 100)


def test_a_destination_that_joins_the_included_minutes_names_the_calls_to_re_rate() -> None:
    BillingMonth.objects.create(month=date(2026, 11, 1))
    CallFactory.create(subscriber=TrunkFactory.create(), destination=place("poland", "Польша"))
    found = checked(places_file(["poland", "Польша", "да"]), None, "destinations")
    effects = KINDS["destinations"].effects(found.effective, DECEMBER)
    assert ("Принятые звонки, которые нужно пересчитать", "1 звонок", "warn") in [
        (str(one.label), one.value, one.tone) for one in effects
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [(["Польша", "Польша"], "латинские буквы"), (["poland", ""], "не заполнено"), (["a", "b", "x"], "«да» или «нет»")],
)
def test_a_faulty_destination_is_named(row: list[str], reason: str) -> None:
    (problem,) = checked(places_file(row), None, "destinations").problems
    assert reason in problem.reason
