"""The place for the signature stays on the page of the lines above it, however many packages are offered (2.4)."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from sipcabinet.tests import paper
from subscribers.forms.minutes import ApplicationAction

TEMPLATE = "pdf/minutes_application.html"


def application(count: int) -> dict[str, Any]:
    """Adds this many packages to choose from."""
    package = SimpleNamespace(name="SIP «1 000 минут»")
    trunk = SimpleNamespace(phone="+375447112030", plan=SimpleNamespace(name="SIP-соединение"))
    customer = {"name": "ООО «Полесские сети»", "unp": "100000007", "address": "220030, г. Минск", "contact_name": ""}
    return {
        "account": SimpleNamespace(number="700100001", contract_number="SIP-1", contract_date=date(2024, 3, 15)),
        "customer": SimpleNamespace(**customer),
        "trunk": trunk,
        "current": None,
        "held": SimpleNamespace(now=None, later=[]),
        "covered": ["Беларусь"],
        "actions": ApplicationAction,
        "action": "",
        "offer": None,
        "offers": [SimpleNamespace(package=package, price=f"{at},00 BYN") for at in range(count)],
        "made_on": date(2026, 11, 22),
        "operator": SimpleNamespace(name="Оператор"),
        "support": SimpleNamespace(email="help@operator.example", phone_shown="+375 17 200-00-00"),
    }


@pytest.mark.full
def test_of_any_length_the_signature_keeps_two_lines() -> None:
    loose = {count: paper.loose_ends(paper.layout(TEMPLATE, application(count))) for count in range(1, 91)}
    assert {count: faults for count, faults in loose.items() if faults} == {}


@pytest.mark.parametrize("count", [9, 16])
def test_at_the_foot_of_a_page_the_signature_keeps_two_lines(count: int) -> None:
    assert paper.loose_ends(paper.layout(TEMPLATE, application(count))) == []
