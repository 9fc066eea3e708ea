"""Completeness of calls: saved by imports; for an account the earliest of its sources (3.6, 4.4)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory
from sipcabinet.lib import clock, tenancy
from sipcabinet.tests.moments import minsk
from sipcabinet.tests.workbooks import head_of
from subscribers.calls import imports, partitions, sources
from subscribers.cdr import UnreadableFileError
from subscribers.models import AccountSource, CallSource, Subscriber
from subscribers.selectors import completeness
from subscribers.tests.factories import (
    AccountSourceFactory,
    CallFactory,
    PlanTermsFactory,
    TrunkFactory,
    VatRateFactory,
)
from subscribers.tests.imported import take
from subscribers.tests.price_list import cast
from subscribers.tests.switch_files import Line, write

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ORDER = iter(range(1_000_000))


@pytest.fixture(autouse=True)
def now(at: Callable[[str], Any]) -> Any:
    return at("2026-10-25 12:00")


def line(start: str, **more: Any) -> Line:
    return Line(uuid=f"u-{next(ORDER)}", start=datetime.fromisoformat(start), **more)


def words(account: Account) -> str:
    return completeness.of(account).words


@pytest.fixture
def ours(now: Any) -> Account:
    """The account that owns the numbers in the files."""
    partitions.open_ahead()
    cast(0)
    return Subscriber.objects.get(phone="+375447112030").account


# --- What imports save -----------------------------------------------------------------------------------------------
def test_a_source_is_complete_to_the_latest_call_of_its_file(ours: Account, tmp_path: Path) -> None:
    assert words(ours) == "Звонки ещё не поступали"
    take(write(tmp_path / "a.csv", [line("2026-10-25 11:40"), line("2026-10-25 11:50:30"), line("2026-10-25 11:45")]))
    assert CallSource.objects.get().complete_to == minsk("2026-10-25 11:50:30")
    row = AccountSource.objects.get()
    assert (row.account, row.last_call_at) == (ours, minsk("2026-10-25 11:50:30"))
    assert words(ours) == "Звонки учтены по 25.10.2026, 11:50"


def test_an_older_file_takes_nothing_back(ours: Account, tmp_path: Path) -> None:
    take(write(tmp_path / "a.csv", [line("2026-10-25 11:50")]))
    take(write(tmp_path / "b.csv", [line("2026-10-20 11:50")]))
    assert CallSource.objects.get().complete_to == minsk("2026-10-25 11:50")
    assert AccountSource.objects.get().last_call_at == minsk("2026-10-25 11:50")


def test_a_call_that_is_known_counts_too(ours: Account, tmp_path: Path) -> None:
    """The same call again in a later file: it still counts for the source's completeness."""
    call = line("2026-10-25 11:50")
    take(write(tmp_path / "a.csv", [call]))
    CallSource.objects.update(complete_to=None)
    take(write(tmp_path / "b.csv", [line("2026-10-25 10:00"), call]))
    assert CallSource.objects.get().complete_to == minsk("2026-10-25 11:50")


def test_a_file_that_was_not_read_to_its_end_completes_nothing(
    ours: Account, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import's batches are stored, but how much of the file's time is missing is not known."""
    settings.IMPORT_BATCH_ROWS = 1
    path = write(tmp_path / "a.csv", [line("2026-10-25 11:00"), line("2026-10-25 11:50")])
    real, turns = imports._write, iter([True, False])

    def failing(*args: Any) -> Any:
        if next(turns):
            return real(*args)
        raise UnreadableFileError("оборвался")

    monkeypatch.setattr(imports, "_write", failing)
    with pytest.raises(UnreadableFileError):
        take(path)
    assert CallSource.objects.get().complete_to is None
    monkeypatch.undo()
    take(path)
    assert CallSource.objects.get().complete_to == minsk("2026-10-25 11:50")


def test_a_rehearsal_and_a_file_of_strangers_tell_nothing(ours: Account, tmp_path: Path) -> None:
    source = sources.find(name="main", fmt="freeswitch")
    with write(tmp_path / "a.csv", [line("2026-10-25 11:50")]).open("rb") as file:
        imports.rehearse(file, source)
    take(write(tmp_path / "b.csv", [line("2026-10-25 11:51", calling="375172001122", called="80172001123")]))
    assert CallSource.objects.get().complete_to is None
    assert not AccountSource.objects.exists()


# --- Which sources count ---------------------------------------------------------------------------------------------
def test_the_least_of_the_sources_that_carry_the_account() -> None:
    account, now = AccountFactory.create(), clock.now()
    AccountSourceFactory.create(account=account, last_call_at=now - timedelta(minutes=10))
    late = AccountSourceFactory.create(account=account, last_call_at=now - timedelta(minutes=50))
    AccountSourceFactory.create(last_call_at=now - 3 * DAY)  # another account's source
    assert completeness.of(account).through == late.source.complete_to
    # The source has imported others' calls since: it is complete, and the account has made no calls.
    CallSource.objects.filter(pk=late.source_id).update(complete_to=now - timedelta(minutes=5))
    assert completeness.of(account).through == now - timedelta(minutes=10)


@pytest.mark.parametrize(("behind", "counts"), [(timedelta(days=14), True), (timedelta(days=14, seconds=1), False)])
def test_a_source_that_the_numbers_have_left_counts_for_a_fortnight(behind: timedelta, counts: bool) -> None:
    newest = AccountSourceFactory.create(last_call_at=clock.now())
    left = AccountSourceFactory.create(account=newest.account, last_call_at=clock.now() - behind)
    expected = left if counts else newest
    assert completeness.of(newest.account).through == expected.last_call_at


def test_an_account_of_one_silent_source_goes_on_waiting_for_it() -> None:
    silent = AccountSourceFactory.create(last_call_at=clock.now() - 90 * DAY)
    AccountSourceFactory.create(last_call_at=clock.now())
    assert completeness.of(silent.account).through == silent.last_call_at


def test_an_account_without_calls_waits_for_every_source_that_is_alive() -> None:
    account, now = AccountFactory.create(), clock.now()
    assert words(account) == "Звонки ещё не поступали"
    for ago in (timedelta(minutes=5), timedelta(minutes=40), 15 * DAY):
        AccountSourceFactory.create(last_call_at=now - ago)
    assert completeness.of(account).through == now - timedelta(minutes=40)


def test_it_is_one_query_of_the_portals_own(account: Account, django_assert_num_queries: Any) -> None:
    """A customer's page reads no other account's row, and only this column of a source."""
    AccountSourceFactory.create(account=account, last_call_at=clock.now() - timedelta(minutes=1))
    AccountSourceFactory.create(last_call_at=clock.now() - DAY)
    with tenancy.portal(account.pk):
        with django_assert_num_queries(1):
            assert completeness.of(account).through == clock.now() - timedelta(minutes=1)
        assert AccountSource.objects.count() == 1
        for forbidden in (CallSource.objects.values("name"), CallSource.objects.values("columns")):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                list(forbidden)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            AccountSource.objects.update(last_call_at=clock.now() + DAY)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            CallSource.objects.update(complete_to=clock.now() + DAY)


# --- What pages show -------------------------------------------------------------------------------------------------
def test_a_source_is_late_after_the_bound(now: Any, account: Account, settings: Any) -> None:
    AccountSourceFactory.create(account=account, last_call_at=clock.now())
    now.shift(timedelta(hours=2))
    assert words(account) == "Звонки учтены по 25.10.2026, 12:00"
    now.shift(timedelta(seconds=1))
    assert words(account) == "Звонки после 25.10.2026, 12:00 ещё не поступили"
    settings.CALLS_LATE_AFTER = timedelta(days=1)
    assert words(account) == "Звонки учтены по 25.10.2026, 12:00"


def test_every_page_and_file_says_it(
    now: Any, account: Account, owner: User, client_of: Callable[[User], Client]
) -> None:
    VatRateFactory.create()
    trunk = TrunkFactory.create(account=account, plan=PlanTermsFactory.create().plan)
    AccountSourceFactory.create(account=account, last_call_at=minsk("2026-10-25 08:40"))
    client, of_trunk = client_of(owner), f"/subscribers/{trunk.pk}/"
    for path in (
        "/", "/account/", of_trunk, f"{of_trunk}calls/?month=2026-10&kind=out", f"{of_trunk}charges/?month=2026-10",
        f"{of_trunk}minutes/?month=2026-10", "/documents/current-charges/",
    ):  # fmt: skip
        page = client.get(path).content.decode()
        assert "Звонки после 25.10.2026, 08:40 ещё не поступили" in page, path
        assert "анные на" not in page, path
    for path in ("calls/export/?month=2026-10&kind=out&format=xlsx", "charges/export/?month=2026-10&format=xlsx"):
        said = head_of(client.get(of_trunk + path))
        assert "Звонки после 25.10.2026, 08:40 ещё не поступили" in said, path


# --- Upgrades --------------------------------------------------------------------------------------------------------
def test_an_upgrade_learns_it_of_the_calls_that_are_there(account: Account) -> None:
    partitions.open_ahead()
    trunk = TrunkFactory.create(account=account)
    for ago in (timedelta(hours=3), timedelta(hours=1), timedelta(hours=2)):
        CallFactory.create(subscriber=trunk, started_at=clock.now() - ago)
    backfill = import_module("subscribers.migrations.0019_complete_so_far")
    with connection.cursor() as cursor:
        # The migration reads today from the database, whose clock is not stopped by the test.
        cursor.execute(backfill.ACCOUNTS.replace("now()", "timestamptz '2026-10-25 12:00+03'"))
        cursor.execute(backfill.SOURCES)
        cursor.execute(backfill.ACCOUNTS.replace("now()", "timestamptz '2026-10-25 12:00+03'"))
    assert completeness.of(account).through == clock.now() - timedelta(hours=1)
    assert AccountSource.objects.count() == 1
