"""Calls whose trunk is named only by the account code: forwarded, hidden, or from a PBX extension (4.4, 3.6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from subscribers import callers
from subscribers.calls import matching, partitions, rejects, sources
from subscribers.errors import NumberError
from subscribers.models import AccountCode, CallRecord, CallReject, CallSource, RejectState, Subscriber
from subscribers.selectors import calls, close_checks
from subscribers.services import switch_codes
from subscribers.sheets import columns, row
from subscribers.tests.closed_months import NOTHING, NOVEMBER
from subscribers.tests.factories import NumberFactory, TrunkFactory
from subscribers.tests.imported import take
from subscribers.tests.price_list import Cast, cast
from subscribers.tests.sip_factories import SipAccountFactory
from subscribers.tests.switch_files import Line, write

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "files"
NOON = datetime(2026, 11, 26, 12)  # noqa: DTZ001 - a switch writes local time
TRUNK, NUMBER, OTHER, OUTSIDE = "375447112030", "375447112031", "375447112040", "375291112233"
MOBILE = "375333334455"
PRICE = Decimal("0.305400")


@pytest.fixture(autouse=True)
def people(at: Callable[[str], Any]) -> Cast:
    at("2026-12-01 12:00")
    partitions.open_ahead()
    return cast(included_minutes=0)


def kept() -> list[tuple[str, str, str, str, Decimal]]:
    """Number, direction, other party, caller and cost of each record."""
    rows = CallRecord.objects.order_by("started_at", "direction", "other_party", "caller")
    return [(one.subscriber.phone[1:], one.direction, one.other_party, one.caller, one.cost) for one in rows]


def test_forwarded_hidden_and_internal_callers_are_calls_of_the_trunk() -> None:
    counts = take(FILES / "freeswitch-forwarded.csv")
    assert (counts.read, counts.new, counts.rejected) == (4, 4, 0)
    assert kept() == [
        (TRUNK, "in", f"+{OUTSIDE}", "", 0),
        (TRUNK, "out", f"+{MOBILE}", f"+{OUTSIDE}", 2 * PRICE),
        (TRUNK, "out", f"+{MOBILE}", "hidden", 2 * PRICE),
        (TRUNK, "out", f"+{MOBILE}", "101", 2 * PRICE),
    ]
    assert close_checks.of(NOVEMBER) == NOTHING


def test_without_the_code_they_are_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "payer", lambda caller, _callee, _coded: caller)
    counts = take(FILES / "freeswitch-forwarded.csv")
    assert (counts.new, counts.reasons) == (1, {"not_ours": 3})


@pytest.mark.parametrize(
    ("calling", "called", "code", "expected"),
    [
        # The caller's number names the trunk, or a number of the trunk, within its account.
        (NUMBER, MOBILE, TRUNK, [(NUMBER, "out", f"+{MOBILE}", "")]),
        # A code that belongs to nobody is ignored.
        (TRUNK, MOBILE, "veter", [(TRUNK, "out", f"+{MOBILE}", "")]),
        # A forwarded call shows the original caller, another customer: the code's trunk pays for the forwarded leg.
        (OTHER, MOBILE, TRUNK, [(TRUNK, "out", f"+{MOBILE}", f"+{OTHER}")]),
        # The code of the called number's own trunk says whom the call was brought to.
        (OTHER, TRUNK, TRUNK, [(TRUNK, "in", f"+{OTHER}", ""), (OTHER, "out", f"+{TRUNK}", "")]),
        (OUTSIDE, NUMBER, TRUNK, [(NUMBER, "in", f"+{OUTSIDE}", "")]),
        ("anonymous", TRUNK, TRUNK, [(TRUNK, "in", "", "")]),
        # From a trunk to another customer: both get a record; the called side sees the trunk instead of an extension.
        ("anonymous", OTHER, TRUNK, [(OTHER, "in", "", ""), (TRUNK, "out", f"+{OTHER}", "hidden")]),
        ("205", OTHER, TRUNK, [(OTHER, "in", f"+{TRUNK}", ""), (TRUNK, "out", f"+{OTHER}", "205")]),
        # A number's code makes the call that number's; a name in place of the caller's number gives «unknown».
        ("205", MOBILE, "8 044 711-20-31", [(NUMBER, "out", f"+{MOBILE}", "205")]),
        ("kassa", MOBILE, TRUNK, [(TRUNK, "out", f"+{MOBILE}", "unknown")]),
    ],
)
def test_who_pays(tmp_path: Path, calling: str, called: str, code: str, expected: list[Any]) -> None:
    take(write(tmp_path / "a.csv", [Line("u-1", NOON, calling=calling, called=called, code=code)]))
    assert [row[:4] for row in kept()] == expected


def test_an_extension_called_with_a_code_is_still_no_destination(tmp_path: Path) -> None:
    take(write(tmp_path / "a.csv", [Line("u-1", NOON, calling=OUTSIDE, called="2051", code=TRUNK)]))
    assert CallReject.objects.get().code == "extension"


def by(way: AccountCode) -> CallSource:
    source = sources.find(name="main", fmt="freeswitch")
    source.account_code = way
    source.save()
    return source


@pytest.mark.parametrize(
    ("way", "code"), [(AccountCode.LOGIN, "veter"), (AccountCode.OWN, "T-7"), (AccountCode.NUMBER, TRUNK)]
)
def test_a_source_says_how_its_code_names_a_trunk(tmp_path: Path, people: Cast, way: AccountCode, code: str) -> None:
    SipAccountFactory.create(trunk=people.trunk, login="veter")
    switch_codes.rename(trunk=people.trunk, code=" T-7 ")
    by(way)
    line = Line("u-0", NOON, calling="anonymous", called=MOBILE)
    codes = ["veter", "T-7", TRUNK]
    take(write(tmp_path / "a.csv", [replace(line, uuid=f"u-{one}", code=one) for one in codes]))
    assert [call.call_id for call in CallRecord.objects.all()] == [f"u-{code}"]
    assert CallReject.objects.count() == 2


def test_a_login_of_two_trunks_names_neither(tmp_path: Path, people: Cast) -> None:
    SipAccountFactory.create(trunk=people.trunk, login="veter", auth_name="one")
    SipAccountFactory.create(trunk=people.stranger, login="veter", auth_name="two")
    by(AccountCode.LOGIN)
    lines = [Line(f"u-{code}", NOON, calling="anonymous", called=MOBILE, code=code) for code in ("veter", "two")]
    take(write(tmp_path / "a.csv", lines))
    assert CallRecord.objects.get().subscriber == people.stranger


def test_a_code_goes_with_its_trunks_days(tmp_path: Path, people: Cast) -> None:
    phone = "+375447112099"
    gone = TrunkFactory.create(phone=phone, status="closed", closed_at="2026-11-20T00:00Z")
    now = TrunkFactory.create(phone=phone, connected_at="2026-11-25T00:00Z")
    for trunk in (gone, now):
        switch_codes.rename(trunk=trunk, code="T-7")
    by(AccountCode.OWN)
    days = {10: gone, 22: None, 26: now}
    for day in days:
        line = Line(f"u-{day}", NOON.replace(day=day), calling="anonymous", called=MOBILE, code="T-7")
        take(write(tmp_path / f"{day}.csv", [line]))
    found = {call.call_id: call.subscriber for call in CallRecord.objects.all()}
    assert found == {f"u-{day}": trunk for day, trunk in days.items() if trunk}


def test_one_code_is_one_trunks(people: Cast) -> None:
    switch_codes.rename(trunk=people.trunk, code="T-7")
    with pytest.raises(NumberError, match="уже у другого SIP-соединения"):
        switch_codes.rename(trunk=people.stranger, code="T-7")
    with pytest.raises(IntegrityError, match="switch_code_once_at_a_time"), transaction.atomic():
        Subscriber.objects.filter(pk=people.stranger.pk).update(switch_code="T-7")
    with pytest.raises(IntegrityError, match="subscriber_code_of_trunk"), transaction.atomic():
        Subscriber.objects.filter(pk=NumberFactory.create(trunk=people.trunk).pk).update(switch_code="N-1")


def test_rejects_of_before_are_taken_when_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(matching, "payer", lambda caller, _callee, _coded: caller)
        take(FILES / "freeswitch-forwarded.csv")
    assert close_checks.of(NOVEMBER).rejects == {"not_ours": 3}
    found = rejects.retry()
    assert (found.tried, found.new, found.rejected) == (3, 3, 0)
    assert CallReject.objects.filter(state=RejectState.RESOLVED).count() == 3
    assert sum(cost for *_, cost in kept()) == 6 * PRICE
    assert close_checks.of(NOVEMBER) == NOTHING


def test_files_say_what_is_known_of_the_caller(people: Cast) -> None:
    take(FILES / "freeswitch-forwarded.csv")
    selection = calls.Selection(people.trunk.account, people.trunk, NOVEMBER, "out")  # type: ignore[arg-type]
    with transaction.atomic():
        rows = [row(call) for call in calls.stream(selection)]
    place = [str(column.title) for column in columns()].index("Кто звонил")
    assert [one[place] for one in rows] == ["переадресация", "скрытый номер", "внутренний 101"]
    assert callers.words("unknown") == "номер не определён"
    assert callers.words("") == ""
