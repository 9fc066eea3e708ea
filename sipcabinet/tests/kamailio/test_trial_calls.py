"""`manage.py test_call`: a real call of the demo, out and to a number of ours."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from sipcabinet.tests.kamailio.line import GATEWAY, GATEWAY_PORT, Line
from sipcabinet.tests.kamailio.switch import NUMBER, PHONE, tell
from subscribers.models import Subscriber
from subscribers.services import restrictions

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def demo(settings: Settings, line: Line) -> None:
    settings.DEMO = True
    settings.SWITCH_ADDRESS = f"127.0.0.1:{line.process.port}"
    settings.SWITCH_GATEWAY = f"{GATEWAY}:{GATEWAY_PORT}"


def called(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("test_call", *words, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_a_call_out_and_one_to_a_number_of_ours(line: Line, desk_number: Subscriber) -> None:
    assert called(PHONE, "8 017 270-00-09", "1") == {
        "code": "200", "shown": PHONE, "called": "+375172700009", "seconds": 1,
    }  # fmt: skip
    assert called(PHONE, NUMBER, "1")["code"] == "200"
    assert [row[1:4] for row in sorted(line.records(2))] == [
        ("+375172700009", "office-1", "200"), (NUMBER, "office-1", "200"),
    ]  # fmt: skip
    assert line.switch.rows("SELECT 1 FROM location") == []  # the telephone has gone


def test_a_refused_call_is_told(line: Line, office: Subscriber) -> None:
    restrictions.restrict(subscriber=office)
    tell(office)
    with pytest.raises(SystemExit) as ended:
        called(PHONE, "+375172700009", "1")
    assert ended.value.code == 3


@pytest.mark.parametrize(("words", "told"), [
    (("+375290000000", "112", "1"), "no connected number"),
    ((PHONE, "112", "0"), "SECONDS is 1 to 600"),
])  # fmt: skip
def test_what_cannot_be_called(words: tuple[str, ...], told: str, line: Line, office: Subscriber) -> None:
    with pytest.raises(CommandError, match=told):
        called(*words)
