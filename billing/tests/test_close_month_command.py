"""`manage.py close_month`: checks, totals, outliers, exit codes; a second run changes nothing (4.7)."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Account, AuditEvent
from billing.models import Invoice, LedgerEntry
from billing.tests.issued import OCTOBER, account_with_trunk, issued
from sipcabinet.lib.periods import Month
from sipcabinet.tests.commands import exit_code
from subscribers.calls import doubles, months
from subscribers.models import (
    BillingMonth,
    CallDailyTotal,
    CallImport,
    CallReject,
    Charge,
    PlanTerms,
    RejectState,
    VatRate,
)
from subscribers.tests.factories import (
    CallFactory,
    CallImportFactory,
    CallSourceFactory,
    DestinationFactory,
    NumberFactory,
    TariffPlanFactory,
    TrunkFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("invoicing_day")]
CODE = OCTOBER.code


@pytest.fixture
def first() -> Account:
    return account_with_trunk()


@pytest.fixture
def second(first: Account) -> Account:
    return account_with_trunk()


def ended(*args: str) -> int:
    return exit_code("close_month", "--month", CODE, *args)


def told(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> dict[str, Any]:
    assert ended(*args, "--json") == code
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def nothing_is_written() -> bool:
    tables = (Invoice, LedgerEntry, Charge, AuditEvent)
    return not any(table.objects.exists() for table in tables) and not months.closed(OCTOBER)


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert ended(*args) == 2
    assert nothing_is_written()
    answer = capsys.readouterr().err.splitlines()
    return answer[-1]


def test_the_month_closes_and_every_account_has_its_invoice(
    capsys: pytest.CaptureFixture[str], first: Account, second: Account
) -> None:
    report = told(capsys)

    assert (report["accounts"], report["issued"], report["failed"]) == (2, 2, [])
    assert (report["net"], report["vat"], report["total"]) == ("24.00", "6.00", "30.00")
    assert months.closed(OCTOBER)
    assert Invoice.objects.count() == 2


def test_a_second_run_changes_nothing_and_says_so(
    capsys: pytest.CaptureFixture[str], first: Account, second: Account
) -> None:
    ended()
    capsys.readouterr()

    assert ended() == 0

    assert "2026-10: nothing to do, 2 invoices are issued already" in capsys.readouterr().out
    assert Invoice.objects.count() == 2


def test_a_rehearsal_tells_the_same_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], first: Account, second: Account
) -> None:
    rehearsed = told(capsys, "--dry-run")
    assert nothing_is_written()

    real = told(capsys)

    assert {**rehearsed, "dry_run": False, "issued": 2} == real


def test_one_account_alone(capsys: pytest.CaptureFixture[str], first: Account, second: Account) -> None:
    report = told(capsys, "--account", second.number)

    assert report["issued"] == 1
    assert Invoice.objects.get().account == second
    assert told(capsys)["issued"] == 1


def test_outliers_are_named(capsys: pytest.CaptureFixture[str], first: Account, second: Account) -> None:
    same, more, less, gone = first, second, account_with_trunk(), account_with_trunk()
    for account in (same, more, less, gone):
        issued(account, Month(2026, 9), date(2026, 10, 10))
    for _ in range(2):
        TrunkFactory.create(account=more, plan=TariffPlanFactory.create())
    closing_day = datetime(2026, 10, 5, tzinfo=UTC)
    less.subscribers.update(status="closed", closed_at=closing_day)
    gone.subscribers.update(status="closed", closed_at=datetime(2026, 9, 20, tzinfo=UTC))
    new = account_with_trunk()

    found = {one["account"]: (one["before"], one["now"]) for one in told(capsys, "--dry-run")["outliers"]}

    assert set(found) == {more.number, less.number, gone.number, new.number}
    assert found[more.number] == ("15.00", "45.00")
    assert found[gone.number] == ("15.00", None)
    assert found[new.number] == (None, "15.00")


def test_a_month_that_goes_on_is_refused(
    capsys: pytest.CaptureFixture[str], at: Callable[[str], Any], first: Account
) -> None:
    at("2026-10-31 23:59")
    assert refused(capsys) == "close_month: Октябрь 2026 ещё не закончился"
    at("2026-11-01 00:00")
    assert ended() == 0


def test_an_open_month_before_is_refused(capsys: pytest.CaptureFixture[str], first: Account) -> None:
    BillingMonth.objects.create(month=date(2026, 8, 1), closed_at=datetime(2026, 9, 10, tzinfo=UTC))
    assert refused(capsys) == "close_month: Сначала закройте сентябрь 2026"


def test_no_vat_is_refused(capsys: pytest.CaptureFixture[str], first: Account) -> None:
    VatRate.objects.all().delete()
    assert refused(capsys) == "close_month: На октябрь 2026 не задана ставка НДС"


def test_rejected_calls_are_refused_unless_told(capsys: pytest.CaptureFixture[str], first: Account) -> None:
    _reject()
    assert "отклонённые записи о звонках: 1" in refused(capsys)
    assert ended("--dry-run", "--despite-rejects") == 0
    CallReject.objects.update(state=RejectState.DISMISSED)
    assert ended() == 0


def test_an_import_under_way_is_refused(capsys: pytest.CaptureFixture[str], first: Account) -> None:
    CallImportFactory.create(state="waiting")
    assert refused(capsys) == "close_month: Идёт импорт звонков: 1"
    CallImport.objects.update(state="done")
    assert ended() == 0


def test_an_account_without_a_price_is_named_and_the_others_are_issued(
    capsys: pytest.CaptureFixture[str], first: Account, second: Account
) -> None:
    NumberFactory.create(trunk=TrunkFactory.create(account=first), plan=TariffPlanFactory.create(kind="number"))

    report = told(capsys, code=3)

    assert report["issued"] == 1
    assert report["failed"] == [{"account": first.number, "message": "На 01.10.2026 не задана цена: SIP-номер"}]
    assert Invoice.objects.get().account == second
    PlanTerms.objects.create(
        plan=TariffPlanFactory.create(kind="number"), monthly_fee=3, included_minutes=0, included_channels=0,
        valid_from=date(2020, 1, 1),
    )  # fmt: skip
    assert told(capsys)["issued"] == 1


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "--account", "1") == "close_month: нет лицевого счёта 1"
    with pytest.raises(SystemExit) as end:
        call_command("close_month", "--month", "2026-13")
    assert end.value.code == 2


def _reject() -> CallReject:
    done = CallImportFactory.create(state="done")
    return CallReject.objects.create(
        call_import=done, line_no=1, raw="&", code="no_rate", reason="?", content_key="k", source=done.source
    )


def test_late_calls_of_an_account_closed_long_ago_are_billed(
    capsys: pytest.CaptureFixture[str], first: Account
) -> None:
    trunk = first.subscribers.get()
    Account.objects.filter(pk=first.pk).update(status="closed", closed_on=date(2026, 5, 31))
    type(trunk).objects.filter(pk=trunk.pk).update(status="closed", closed_at=datetime(2026, 5, 31, tzinfo=UTC))
    assert told(capsys, "--dry-run")["accounts"] == 0
    CallDailyTotal.objects.create(
        account=first, subscriber=trunk, day=date(2026, 5, 20), charged_in=date(2026, 10, 1), direction="out",
        destination=DestinationFactory.create(), calls=1, answered=1, billed_seconds=60, cost=Decimal("1.456"),
    )  # fmt: skip
    assert told(capsys)["issued"] == 1
    assert Invoice.objects.get().net == Decimal("1.46")


def test_a_call_without_a_price_is_refused(capsys: pytest.CaptureFixture[str], first: Account) -> None:
    CallDailyTotal.objects.create(
        account=first, subscriber=first.subscribers.get(), day=date(2026, 10, 20), charged_in=date(2026, 10, 1),
        direction="out", destination=None, calls=1, answered=1,
    )  # fmt: skip
    assert refused(capsys) == "close_month: Есть звонки без цены: 1"


def test_calls_of_two_sources_are_refused_unless_told(capsys: pytest.CaptureFixture[str], first: Account) -> None:
    for name in ("minsk-1", "minsk-2"):
        source = CallSourceFactory.create(name=name)
        job = CallImportFactory.create(file_name=name, source=source, state="done", new_count=1)
        CallFactory.create(
            subscriber=first.subscribers.get(), started_at=datetime(2026, 10, 20, tzinfo=UTC), call_id="twice",
            call_import=job,
        )  # fmt: skip
    assert "Звонки от двух источников: 1. Разберите «Повторы звонков»" in refused(capsys)
    assert ended("--dry-run", "--despite-rejects") == 0
    doubles.keep_one(month=OCTOBER, keep=source)
    assert ended() == 0
