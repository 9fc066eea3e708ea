"""The demo operator: whole, plausible, the same for the same seed, and never mixed with real customers."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from stdnum import iban
from stdnum.by import unp

from accounts.models import Account, AuditEvent, Customer, SignIn, User
from accounts.tests.factories import CustomerFactory
from billing.models import Document, DocumentOrder
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from sipcabinet.site.demo import cast, switch_files, traffic
from subscribers.cdr import Format, RejectedLine, read
from subscribers.models import CallDailyTotal, CallImport, CallRecord, CallReject, PlanTerms, Rate, Subscriber

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=MINSK)
SMALL = ["--calls", "800", "--months", "2", "--verbosity", "0"]


@pytest.fixture(autouse=True)
def demo(settings: LazySettings, tmp_path: Path) -> None:
    import_module(settings.ROOT_URLCONF)  # before DEMO would add the mailbox's addresses to it
    settings.DEMO = True
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}


def load(*options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("demo_data", *SMALL, *options, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


@pytest.fixture
def loaded(db: None, at: Callable[[str], Any]) -> dict[str, Any]:
    at("2026-10-14 12:00")
    return load("--seed", "5")


# --- What is loaded --------------------------------------------------------------------------------------------------
def test_everything_has_something_to_show(loaded: dict[str, Any]) -> None:
    assert Customer.objects.count() == Account.objects.count() == 4
    sizes = Account.objects.order_by("number").values_list("number", flat=True)
    assert [Subscriber.objects.filter(account__number=number).count() for number in sizes] == [25, 3, 4, 3]
    assert PlanTerms.objects.count() == 2
    assert Rate.objects.filter(prefix="", is_short=False, price_per_minute="1.456").exists()
    assert CallRecord.objects.count() > 780
    assert CallReject.objects.exists()
    assert {row.outcome for row in SignIn.objects.all()} == {"ok", "refused"}
    assert AuditEvent.objects.filter(account__isnull=False).count() > 50


def test_the_four_are_who_they_should_be(loaded: dict[str, Any]) -> None:
    debtor = Account.objects.get(number="400100033")
    assert set(debtor.subscribers.values_list("status", flat=True)) == {"restricted"}
    young = Account.objects.get(number="400100041")
    assert timedelta(days=60) < clock.today() - young.contract_date < timedelta(days=89)
    assert Subscriber.objects.get(label="Резерв").status == "closed"
    for customer in Customer.objects.all():
        assert unp.is_valid(customer.unp)
        assert iban.is_valid(customer.iban)


def test_files_were_taken_in_without_a_gap(loaded: dict[str, Any]) -> None:
    sums = CallImport.objects.aggregate(*map(Sum, ("read_count", "new_count", "duplicate_count", "rejected_count")))
    read_count, *parts = sums.values()
    assert read_count == sum(parts)
    ends = set(CallImport.objects.values_list("state", "source__format"))
    assert ends == {("done", "freeswitch"), ("done", "asterisk")}
    assert CallDailyTotal.objects.aggregate(sum=Sum("calls"))["sum"] == CallRecord.objects.count()
    assert CallReject.objects.count() == sums["rejected_count__sum"]


def test_no_call_is_of_the_future_or_of_a_closed_number(loaded: dict[str, Any]) -> None:
    assert not CallRecord.objects.filter(started_at__gt=clock.now()).exists()
    reserve = Subscriber.objects.get(label="Резерв")
    assert not reserve.calls.filter(started_at__gte=reserve.closed_at).exists()


def test_orders_are_in_every_state(loaded: dict[str, Any]) -> None:
    assert set(DocumentOrder.objects.values_list("state", flat=True)) == {JobState.DONE, JobState.WAITING}
    assert set(Letter.objects.values_list("state", "smtp_code")) == {(JobState.DONE, 250), (JobState.REFUSED, 552)}
    waiting = DocumentOrder.objects.get(state=JobState.WAITING)
    assert waiting.due_at - waiting.created_at >= timedelta(hours=23)
    for document in Document.objects.select_related("order"):
        assert document.size > 0
        assert document.order.created_at < document.made_at < clock.now()


def sign_in(browser: Client, login: dict[str, str]) -> Any:
    fields = {"category": "mobile", "phone": login["phone"], "password": login["password"]}
    return browser.post(reverse("accounts:sign_in"), fields)


def test_the_logins_are_true(loaded: dict[str, Any], settings: LazySettings) -> None:
    assert [len(login) for login in loaded["logins"]] == [4] * 5
    for login in loaded["logins"]:
        browser = Client()
        assert sign_in(browser, login).status_code == 302, login
        assert browser.session["_auth_user_id"]


def test_the_staff_user_signs_in_with_the_code(loaded: dict[str, Any]) -> None:
    staff, browser = loaded["staff"], Client()
    device = TOTPDevice.objects.get(user__is_staff=True)
    assert device.config_url == staff["otpauth"]
    assert f"secret={staff['secret']}" in staff["otpauth"]
    sign_in(browser, staff)
    assert browser.get(reverse("admin:index")).status_code == 302
    browser.post(reverse("accounts:second_factor"), {"code": staff["code"]})
    assert browser.get(reverse("admin:index")).status_code == 200


def test_a_changed_password_is_not_told(loaded: dict[str, Any]) -> None:
    user = User.objects.get(phone="+375447112030")
    user.set_password("другой-пароль-9")
    user.save()
    assert load("--if-empty")["logins"][0] == {
        "who": "ООО «Северный ветер»",
        "phone": "+375 44 711-20-30",
        "password": "",
        "note": "пароль изменён в кабинете",
    }


def test_people_get_a_table_and_the_code_alone(loaded: dict[str, Any]) -> None:
    out, code = StringIO(), StringIO()
    call_command("demo_data", *SMALL, "--if-empty", stdout=out)
    assert "+375 44 711-20-30" in out.getvalue()
    assert loaded["staff"]["secret"] in out.getvalue()
    call_command("demo_data", "--code", stdout=code)
    assert code.getvalue().strip() == loaded["staff"]["code"]


# --- Once, whole, and the same ---------------------------------------------------------------------------------------
def fingerprint() -> dict[str, Any]:
    """The rows that matter, without ids, keys and hashes."""
    call = ["started_at", "direction", "outcome", "other_party", "talk_seconds", "cost", "included_seconds", "call_id"]
    order = ["title", "state", "account__number", "due_at"]
    return {
        "calls": sorted(CallRecord.objects.values_list("subscriber__phone", *call)),
        "numbers": sorted(Subscriber.objects.values_list("phone", "label", "kind", "status", "connected_at")),
        "rejects": sorted(CallReject.objects.values_list("raw", "code", "line_no")),
        "sign_ins": sorted(SignIn.objects.values_list("user__phone", "at", "outcome", "address")),
        "orders": sorted(DocumentOrder.objects.values_list(*order)),
        "journal": sorted(AuditEvent.objects.exclude(action="order.placed").values_list("action", "summary", "at")),
    }


def _rolled_back(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The append-only tables cannot be emptied, so a load is undone by its transaction, as a test is."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        found = work()
        transaction.set_rollback(True)
    return found


@pytest.mark.full
def test_the_same_seed_makes_the_same_rows(db: None, at: Callable[[str], Any]) -> None:
    at("2026-10-14 12:00")

    def made(seed: str) -> dict[str, Any]:
        load("--seed", seed)
        return fingerprint()

    first, second, other = (_rolled_back(partial(made, seed)) for seed in ("7", "7", "8"))
    assert first == second
    assert first["calls"] != other["calls"]
    assert first["numbers"] == other["numbers"]


def test_a_second_load_does_nothing(loaded: dict[str, Any]) -> None:
    before = fingerprint()
    again = load("--if-empty", "--seed", "99")
    assert fingerprint() == before
    assert again == loaded


def test_without_that_it_is_refused(loaded: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match="empty database") as refusal:
        load()
    assert refusal.value.returncode == 2


def test_it_is_never_mixed_with_real_customers(db: None) -> None:
    CustomerFactory.create()
    with pytest.raises(CommandError):
        load()
    assert load("--if-empty") == {"logins": [], "staff": {}}
    assert Customer.objects.count() == 1


def test_real_installations_refuse_it(db: None, settings: LazySettings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=true") as refusal:
        load("--if-empty")
    assert refusal.value.returncode == 2
    assert not User.objects.exists()


@pytest.mark.parametrize("options", [["--months", "0"], ["--months", "13"], ["--calls", "0"], ["--calls", "1000001"]])
def test_absurd_sizes_are_refused(db: None, options: list[str]) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("demo_data", *options, "--verbosity", "0")
    assert refusal.value.returncode == 2
    assert not Customer.objects.exists()


def test_a_broken_load_leaves_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_fields: Any) -> Iterator[Any]:
        raise RuntimeError("killed in the middle")

    monkeypatch.setattr(switch_files, "write", broken)
    with pytest.raises(RuntimeError):
        load()
    assert not Customer.objects.exists()
    assert not Rate.objects.exists()


# --- The generator by itself -----------------------------------------------------------------------------------------
def test_calls_look_like_an_offices() -> None:
    calls = traffic.calls(seed=1, count=6000, months=7, now=NOON)
    assert 5900 < len(calls) <= 6000
    assert calls == sorted(calls)
    assert Month.of(calls[0].started_at) == Month(2026, 4)
    assert calls[-1].started_at < NOON
    office = [call for call in calls if 8 <= call.started_at.hour < 19 and call.started_at.weekday() < 5]
    assert len(office) > 0.85 * len(calls)
    results = {result: sum(call.result == result for call in calls) / len(calls) for result in switch_files.CAUSES}
    assert 0.6 < results["answered"] < 0.85
    assert all(results.values())
    assert all((call.talk > 0) == (call.result == "answered") for call in calls)


def test_lines_are_silent_before_they_are_connected() -> None:
    young = next(customer for customer in cast.CUSTOMERS if customer.contract_days == cast.YOUNG_CONTRACT_DAYS)
    phones = {line.phone for _trunk, line in young.lines()}
    connected_on = traffic.connected_on(young, NOON.date())
    for call in traffic.calls(seed=1, count=6000, months=7, now=NOON):
        if phones & {call.calling, call.called}:
            assert call.started_at.date() > connected_on


def test_files_hold_every_call_and_some_faults(tmp_path: Path) -> None:
    calls = traffic.calls(seed=3, count=2000, months=3, now=NOON)
    files = switch_files.write(tmp_path, calls, seed=3)
    assert {file.format for file in files} == {"freeswitch", "asterisk"}
    assert len(files) == 6
    good, bad = 0, []
    for file in files:
        with file.path.open("rb") as stream:
            rows = list(read(stream, Format(file.format)))
        assert len(rows) == file.rows
        bad += [row.reason.value for row in rows if isinstance(row, RejectedLine)]
        good += sum(not isinstance(row, RejectedLine) for row in rows)
    assert good + len(bad) == len(calls) + 3 * len(files)
    assert good >= len(calls) - 2  # the last line of each switch's newest file is cut
    assert bad.count("truncated") == 2
