"""The application for a minute package: filled as chosen, or blank (2.4)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import Account
from sipcabinet.lib import pdf
from sipcabinet.lib.clock import MINSK
from subscribers.models import MinuteAssignment, MinutePackage, Subscriber
from subscribers.tests.factories import (
    MinuteAssignmentFactory,
    MinutePackageFactory,
    PlanTermsFactory,
    TariffPlanFactory,
    TrunkFactory,
)


@pytest.fixture(autouse=True)
def _now(at: Callable[[str], Any]) -> None:
    at("2026-11-22 10:00")


@pytest.fixture
def packages(db: None) -> dict[int, MinutePackage]:
    return {size: MinutePackageFactory.create(minutes=size, fee=fee) for size, fee in ((300, 24), (1000, 70))}


@pytest.fixture
def trunk(account: Account, packages: dict[int, MinutePackage]) -> Subscriber:
    PlanTermsFactory.create(plan=TariffPlanFactory.create())
    return TrunkFactory.create(account=account, phone="+375447112030")


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects the text of the rendered documents."""
    texts: list[str] = []
    render = pdf.render

    def spy(template: str, context: Any, **options: Any) -> bytes:
        texts.append(render_to_string(template, {**context, "title": options["title"], "author": "Оператор"}))
        return render(template, context, **options)

    monkeypatch.setattr(pdf, "render", spy)
    return texts


def page_of(trunk: Subscriber) -> str:
    return reverse("subscribers:minutes_application", args=[trunk.pk])


def pdf_of(trunk: Subscriber) -> str:
    return reverse("subscribers:minutes_application_pdf", args=[trunk.pk])


def taken(client: Client, trunk: Subscriber, **asked: str) -> tuple[Any, bytes]:
    """The response and the file in it."""
    answer: Any = client.get(pdf_of(trunk), asked)
    return answer, b"".join(answer.streaming_content)


def ticked(text: str) -> list[str]:
    """The texts beside the ticked boxes."""
    boxes = text.split('<span class="box">')[1:]
    return [box.split("</span>")[1].split("<")[0].strip(" ,\n") for box in boxes if box.startswith("×")]


def test_the_page_says_how_and_shows_packages_with_prices(client: Client, trunk: Subscriber) -> None:
    MinutePackageFactory.create(minutes=5000, fee=300, is_offered=False)
    unpriced = MinutePackageFactory.create(minutes=7000)
    unpriced.prices.all().delete()
    text = client.get(page_of(trunk)).content.decode()
    assert "возможно только по заявлению" in text
    for shown in ("300 минут", "24,00\u00a0BYN", "1\u00a0000 минут", "70,00\u00a0BYN", "не подключён"):
        assert shown in text
    for hidden in ("5\u00a0000 минут", "7\u00a0000 минут"):
        assert hidden not in text


def test_the_document_is_filled_with_requisites_and_the_choice(
    client: Client, trunk: Subscriber, packages: dict[int, MinutePackage], printed: list[str]
) -> None:
    answer, content = taken(client, trunk, action="connect", package=str(packages[1000].pk))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert "filename*=utf-8''%D0%97%D0%B0%D1%8F%D0%B2" in answer.headers["Content-Disposition"]
    assert content.startswith(b"%PDF-1.7")
    account, customer = trunk.account, trunk.account.customer
    for value in (
        customer.name, customer.unp, customer.address, account.number, account.contract_number, "15.03.2024",
        "+375 44 711-20-30", "SIP-соединение", "support@operator.example", "подпись", "дата", "22.11.2026",
    ):  # fmt: skip
        assert escape(value) in printed[0], value
    assert ticked(printed[0]) == ["подключить пакет", "1\u00a0000 минут"]
    assert not MinuteAssignment.objects.exists()


def test_a_change_and_a_disconnection_name_what_is_there(
    client: Client, trunk: Subscriber, packages: dict[int, MinutePackage], printed: list[str]
) -> None:
    MinuteAssignmentFactory.create(subscriber=trunk, package=packages[300])
    taken(client, trunk, action="change", package=str(packages[1000].pk))
    taken(client, trunk, action="disconnect")
    assert ticked(printed[0]) == ["изменить пакет", "1\u00a0000 минут"]
    assert ticked(printed[1]) == ["отключить пакет «300 минут»"]


def test_the_blank_form_has_requisites_and_no_tick(client: Client, trunk: Subscriber, printed: list[str]) -> None:
    answer = client.get(pdf_of(trunk))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert ticked(printed[0]) == []
    assert trunk.account.customer.unp in printed[0]
    assert printed[0].count('class="box"') == 3 + 2 + 2


@pytest.mark.parametrize(
    ("query", "has", "field"),
    [
        ({"action": "", "package": ""}, None, "action"),
        ({"action": "give", "package": ""}, None, "action"),
        ({"action": "connect"}, None, "package"),
        ({"action": "connect", "package": "999999"}, None, "package"),
        ({"action": "connect", "package": "x\x07"}, None, "package"),
        ({"action": "connect", "package": "300"}, 1000, "action"),
        ({"action": "change", "package": "300"}, None, "action"),
        ({"action": "change", "package": "300"}, 300, "package"),
        ({"action": "disconnect"}, None, "action"),
        ({"package": "300"}, None, "action"),
    ],
)
def test_a_wrong_choice_is_said_beside_the_field(
    client: Client, trunk: Subscriber, query: Any, has: int | None, field: str
) -> None:
    if has:
        MinuteAssignmentFactory.create(subscriber=trunk, package=MinutePackage.objects.get(minutes=has))
    key = str(MinutePackage.objects.get(minutes=300).pk)
    asked = {name: key if value == "300" else value for name, value in query.items()}
    page = client.get(pdf_of(trunk), asked)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert list(page.context["form"].errors) == [field]
    text = page.content.decode()
    assert "Исправьте ошибки на странице" in text
    assert "Ошибка:" in text


def test_requisites_cannot_write_into_the_document(client: Client, trunk: Subscriber, printed: list[str]) -> None:
    customer = trunk.account.customer
    customer.name = "ООО <img src='file:///etc/passwd'> & «Партнёры»"
    customer.save()
    assert client.get(pdf_of(trunk)).headers["Content-Type"] == "application/pdf"
    assert "<img" not in printed[0]


def test_the_same_choice_makes_the_same_file(client: Client, trunk: Subscriber) -> None:
    assert taken(client, trunk)[1] == taken(client, trunk)[1]


# --- A change that begins with the next month ------------------------------------------------------------------------
@pytest.fixture
def leaving(account: Account, trunk: Subscriber, packages: dict[int, MinutePackage]) -> MinuteAssignment:
    """A package whose last day is already set."""
    dates = {"started_at": datetime(2026, 6, 1, tzinfo=MINSK), "ended_at": datetime(2026, 12, 1, tzinfo=MINSK)}
    return MinuteAssignmentFactory.create(account=account, subscriber=trunk, package=packages[300], **dates)


def test_a_package_is_there_until_its_last_day(
    client: Client, trunk: Subscriber, leaving: MinuteAssignment, printed: list[str]
) -> None:
    services = " ".join(client.get(reverse("subscribers:services", args=[trunk.pk])).content.decode().split())
    assert "300 минут, " in services
    assert "отключается 01.12.2026" in services
    assert services.count("пакета нет") == 1  # of channel packages
    removal = client.get(reverse("subscribers:services_remove", args=[trunk.pk])).content.decode()
    assert "300 минут в другие сети" in removal
    answer, _file = taken(client, trunk, action="disconnect")
    assert answer.status_code == 200
    assert "300 минут, отключается 01.12.2026" in " ".join(printed[0].split())


def test_the_package_that_follows_is_told_apart(
    client: Client, trunk: Subscriber, leaving: MinuteAssignment, packages: dict[int, MinutePackage], printed: list[str]
) -> None:
    MinuteAssignmentFactory.create(
        account=trunk.account, subscriber=trunk, package=packages[1000], started_at=leaving.ended_at
    )
    services = " ".join(client.get(reverse("subscribers:services", args=[trunk.pk])).content.decode().split())
    assert "300 минут, " in services
    assert "с 01.12.2026 — 1 000 минут" in services
    page = client.get(page_of(trunk)).content.decode()
    assert page.index("300 минут") < page.index("подключён сейчас")
    taken(client, trunk, action="disconnect")
    assert "300 минут, с 01.12.2026 — 1 000 минут" in " ".join(printed[0].split())
