"""Акты сверки of a quarter: one to each account, however often they are started, also by killed workers (4.15)."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import Account, AuditEvent
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import ReconciliationAct, ReconciliationRun
from billing.selectors import acts as selectors
from billing.selectors import balance
from billing.selectors.acts import ActState, Quarter
from billing.services import acts, ledger
from billing.services.acts import ActError
from billing.tests.acts import sent_act
from billing.tests.debtors import owes, pays
from notifications.models import Letter
from sipcabinet.lib import clock, files
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.killer import worker
from sipcabinet.tests.processes import ended

Travel = Callable[[str], Any]
pytestmark = pytest.mark.django_db
THIRD = Quarter(2026, 3)
KIND = "reconciliation_act"
WORKER = worker("from billing.services import acts", "acts.drain()")
FAULTS = {
    "before the first act": "acts._on_the_way = die",
    "with a file, before its letter": "acts.letters.write = lambda **a: die()",
    "with some acts sent": "make = acts._make; acts._make = lambda act: die() if "
    "acts.Letter.objects.filter(kind='reconciliation_act').count() > 2 else make(act)",
    "with an act made, not committed": "acts.ReconciliationAct.save = lambda self: die()",
    "right after the last commit": "acts.log.info = die",
}


@pytest.fixture(autouse=True)
def november(at: Travel) -> None:
    at("2026-11-22 10:00")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes no real PDF: it takes a third of a second."""
    monkeypatch.setattr("billing.reports.reconciliation.document", lambda _account, _found: b"%PDF-1.7")


def by(reason: str = "") -> Actor:
    return Actor(StaffFactory.create(), "198.51.100.7", reason)


def owing(count: int = 1) -> list[Account]:
    """Accounts with a balance from before the quarter."""
    found = AccountFactory.create_batch(count)
    for one in found:
        opened(one, "-70.00", date(2026, 5, 1))
    return found


def opened(account: Account, amount: str, on: date) -> None:
    ledger.open_balance(account=account, amount=Decimal(amount), booked_on=on, title="Входящее сальдо")


def begin(numbers: list[str] | None = None, quarter: Quarter = THIRD) -> int:
    return acts.start(quarter=quarter, numbers=numbers, despite_statements=True, by=by())


def all_sent() -> None:
    """The mail server takes every letter."""
    Letter.objects.filter(state=JobState.WAITING).update(state=JobState.DONE, sent_at=clock.now())


def work() -> None:
    """Workers make acts while the outbox empties, until no run is left."""
    for _round in range(50):
        ReconciliationRun.objects.update(due_at=clock.now(), claimed_until=None)
        acts.drain()
        all_sent()
        if not ReconciliationRun.objects.filter(state=JobState.WAITING).exists():
            return
    raise AssertionError("the work does not end")


def test_an_act_is_a_file_with_the_balance_of_the_quarter_and_a_letter(account: Account) -> None:
    opened(account, "-70.00", date(2026, 5, 1))
    owes(account, "125.00", month="2026-08")  # booked on 10 September
    pays(account, "100.00", on=date(2026, 9, 30))
    pays(account, "30.00", on=date(2026, 10, 1))
    assert begin() == 1
    work()
    act = ReconciliationAct.objects.get()
    assert (act.account, act.first_day, act.last_day) == (account, date(2026, 7, 1), date(2026, 9, 30))
    assert act.closing == balance.balance(account, date(2026, 9, 30)) == Decimal("-95.00")
    with files.open_stored(act.path) as file:
        assert file.read(5) == b"%PDF-"
    letter = act.letter
    assert letter is not None
    assert (letter.recipient, letter.account) == (account.cabinet_email, account)
    assert "ваш долг — 95,00" in letter.body_text.replace("\u00a0", " ")
    attached = letter.attachments.get()
    assert (attached.path, attached.sha256) == (act.path, act.sha256)


@pytest.mark.usefixtures("quick")
def test_only_accounts_with_a_movement_or_a_balance_get_one() -> None:
    moved, before, settled, later, _idle = AccountFactory.create_batch(5)
    opened(moved, "50.00", date(2026, 9, 30))
    opened(before, "-1.00", date(2026, 6, 30))
    opened(settled, "-70.00", date(2026, 1, 1))
    pays(settled, "70.00", on=date(2026, 6, 30))
    opened(later, "-70.00", date(2026, 10, 1))
    assert begin() == 2
    assert set(ReconciliationAct.objects.values_list("account", flat=True)) == {moved.pk, before.pk}


@pytest.mark.usefixtures("quick")
def test_started_again_nobody_gets_a_second_one() -> None:
    first, second, third = owing(3)
    assert begin([first.number]) == 1
    assert begin([first.number, second.number]) == 1
    work()
    assert begin() == 1
    with pytest.raises(ActError, match="Новых актов нет"):
        begin()
    work()
    assert {row.account for row in ReconciliationAct.objects.all()} == {first, second, third}
    assert Letter.objects.filter(kind=KIND).count() == 3
    assert begin(quarter=Quarter(2026, 2)) == 3  # another quarter
    with pytest.raises(ActError):
        begin([])


@pytest.mark.usefixtures("quick")
def test_an_account_without_an_address_has_its_act_in_the_cabinet() -> None:
    with_address, without = owing(2)
    Account.objects.filter(pk=without.pk).update(cabinet_email="")
    begin()
    work()
    act = ReconciliationAct.objects.get(account=without)
    assert act.letter is None
    assert selectors.of_account(without) == [act]
    assert selectors.by_id(with_address, act.pk) is None
    assert selectors.progress(THIRD).states[ActState.NOT_SENT] == 1


def test_an_act_that_cannot_be_made_stops_nobody_and_goes_with_the_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    _first, broken, _last = owing(3)

    def document(account: Account, _found: Any) -> bytes:
        if account == broken:
            raise ValueError("no layout")
        return b"%PDF-1.7"

    monkeypatch.setattr("billing.reports.reconciliation.document", document)
    begin()
    work()
    progress = selectors.progress(THIRD)
    assert (progress.acts, progress.made, progress.states[ActState.FAILED]) == (3, 2, 1)
    monkeypatch.setattr("billing.reports.reconciliation.document", lambda _account, _found: b"%PDF-1.7")
    assert begin() == 1
    work()
    assert selectors.progress(THIRD).made == 3
    assert Letter.objects.filter(kind=KIND).count() == 3


def test_a_full_disk_stops_the_work_until_staff_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    owing(2)
    begin()

    def full(_account: Account, _found: Any) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("billing.reports.reconciliation.document", full)
    for _claim in range(20):
        ReconciliationRun.objects.update(due_at=clock.now(), claimed_until=None)
        acts.drain()
    assert selectors.progress(THIRD).parked == 1
    assert selectors.progress(THIRD).states[ActState.FAILED] == 0
    monkeypatch.setattr("billing.reports.reconciliation.document", lambda _account, _found: b"%PDF-1.7")
    assert acts.retry(quarter=THIRD, by=by()) == 1
    assert acts.retry(quarter=THIRD, by=by()) == 0
    work()
    assert selectors.progress(THIRD).made == 2


@pytest.mark.usefixtures("quick")
def test_a_full_outbox_makes_the_rest_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "AT_ONCE", 2)
    owing(5)
    begin()
    acts.drain()
    assert Letter.objects.filter(kind=KIND).count() == 2
    assert ReconciliationRun.objects.get().due_at > clock.now()
    work()
    assert Letter.objects.filter(kind=KIND).count() == 5


def test_a_quarter_that_is_not_over_and_incomplete_statements_are_refused() -> None:
    owing()
    with pytest.raises(ActError, match="ещё не закончился"):
        begin(quarter=Quarter(2026, 4))
    with pytest.raises(ActError, match="ещё не загружены") as refused:
        acts.start(quarter=THIRD, numbers=None, despite_statements=False, by=by())
    assert refused.value.code == "act.despite_statements"
    assert not ReconciliationRun.objects.exists()


@pytest.mark.usefixtures("statements_are_complete")
def test_complete_statements_let_the_acts_go() -> None:
    owing()
    assert acts.start(quarter=THIRD, numbers=None, despite_statements=False, by=by()) == 1
    assert "III квартал 2026: 1" in AuditEvent.objects.get(action="act.started").summary


def test_forgotten_files_are_removed_and_those_of_acts_stay(account: Account, at: Travel) -> None:
    act = sent_act(account)
    lost = files.store(files.new_path("acts", ".pdf"), lambda stream: stream.write(b"x")).path
    at("2027-01-22 10:00")
    assert acts.remove_forgotten() <= 1
    assert files.location(act.path).exists()
    assert lost != act.path


# --- Confirmation ----------------------------------------------------------------------------------------------------
def test_a_confirmation_is_entered_once(account: Account) -> None:
    act = sent_act(account, THIRD)
    acts.confirm(act=act, on=date(2026, 11, 12), how=" подписанный  экземпляр ", by=by())
    act.refresh_from_db()
    assert (act.confirmed_on, act.confirmed_how) == (date(2026, 11, 12), "подписанный экземпляр")
    assert "12.11.2026, подписанный экземпляр" in AuditEvent.objects.get(action="act.confirmed").summary
    with pytest.raises(ActError, match="уже внесено"):
        acts.confirm(act=act, on=date(2026, 11, 13), how="письмо", by=by())


@pytest.mark.parametrize(
    ("on", "how", "code"),
    [
        (date(2026, 9, 30), "письмо", "on"),
        (date(2026, 11, 23), "письмо", "on"),
        (date(2026, 11, 12), " ", "how"),
    ],
)
def test_a_wrong_confirmation_is_refused(account: Account, on: date, how: str, code: str) -> None:
    with pytest.raises(ActError) as refused:
        acts.confirm(act=sent_act(account, THIRD), on=on, how=how, by=by())
    assert refused.value.code == f"act.{code}"
    assert not AuditEvent.objects.exists()


@pytest.mark.usefixtures("quick")
def test_an_act_that_is_not_sent_cannot_be_confirmed() -> None:
    owing()
    begin()
    with pytest.raises(ActError, match="ещё не отправлен"):
        acts.confirm(act=ReconciliationAct.objects.get(), on=clock.today(), how="письмо", by=by())


# --- At once, and killed ---------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_start_one_sending() -> None:
    owing(3)
    clerks = [by(), by()]

    def one(clerk: Actor) -> int:
        try:
            return acts.start(quarter=THIRD, numbers=None, despite_statements=True, by=clerk)
        except ActError as refusal:
            return 0 if refusal.code == "act.nobody" else -1

    assert sorted(at_once([partial(one, clerk) for clerk in clerks])) == [0, 3]
    assert ReconciliationAct.objects.count() == 3


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_killed_worker_gives_each_customer_one_act(fault: str) -> None:
    owing(6)
    begin()
    ended("-c", WORKER.format(fault=fault))
    work()
    letters = Letter.objects.filter(kind=KIND).values_list("account", flat=True)
    assert len(letters) == len(set(letters)) == ReconciliationAct.objects.filter(made_at__isnull=False).count() == 6


def test_quarters_follow_each_other() -> None:
    assert Quarter.last_over() == THIRD
    assert [one.code for one in THIRD.before(4)] == ["2026-3", "2026-2", "2026-1", "2025-4"]
    assert THIRD.end + timedelta(days=1) == Quarter(2026, 4).start
    for code in ("2026-0", "2026-5", "26-1", "1999-1", "2026-1 "):
        with pytest.raises(ValueError, match="not a quarter"):
            Quarter.parse(code)
