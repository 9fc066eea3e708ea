"""«Не ограничивать до…»: debts bar no calls through the day, letters name no day that it covers, it ends by itself
(4.8)."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.actor import Actor
from accounts.models import Account, AccountStatus, AuditEvent, User
from accounts.tests.factories import StaffFactory
from billing.models import DebtRestriction, DunningExemption, DunningNotice
from billing.selectors import dunning_steps, soon_restricted, waiting
from billing.services import debts, dunning, exemptions, guarantees
from billing.services.exemptions import LONGEST, ExemptionError
from billing.tests.debtors import REMINDED, owes, promises, run_each_day, run_on
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.tests.at_once import at_once
from subscribers.models import Subscriber, SubscriberStatus

Travel = Callable[[str], Any]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("statements_are_complete")]


@pytest.fixture
def debtor(account: Account, trunk: Subscriber, at: Travel) -> Account:
    """The invoice of October, due on 25.11; calls are barred from Monday 07.12."""
    at("2026-11-10 12:00")
    owes(account)
    return account


def by(reason: str = "Спор о сумме счёта") -> Actor:
    return Actor(StaffFactory.create(), "198.51.100.7", reason)


def exempt(account: Account, until: str) -> DunningExemption:
    return exemptions.grant(account=account, until=date.fromisoformat(until), by=by())


def test_calls_are_not_barred_through_the_day_and_are_barred_after_it(debtor: Account, at: Travel) -> None:
    run_on(at, *REMINDED)
    exempt(debtor, "2026-12-10")
    assert run_each_day(at, "2026-12-05", "2026-12-10") == {}
    assert not DebtRestriction.objects.exists()
    assert "ограничены" in run_each_day(at, "2026-12-11", "2026-12-11")["2026-12-11"][0]
    assert DebtRestriction.objects.get().lifted_at is None


def test_without_the_guard_calls_would_be_barred(debtor: Account, at: Travel, monkeypatch: pytest.MonkeyPatch) -> None:
    run_on(at, *REMINDED)
    exempt(debtor, "2026-12-10")
    monkeypatch.setattr("billing.selectors.exemptions.in_force", lambda _account: None)
    run_each_day(at, "2026-12-07", "2026-12-07")
    assert DebtRestriction.objects.exists()


def test_letters_name_the_first_working_day_after_the_exemption(debtor: Account, at: Travel) -> None:
    at("2026-11-20 12:00")
    exempt(debtor, "2026-12-11")  # a Friday
    run_each_day(at, "2026-11-22", "2026-12-10")
    letters = Letter.objects.filter(kind="payment_reminder")
    assert len(letters) == 3
    for letter in letters:
        assert "14.12.2026" in letter.body_text
        assert "07.12.2026" not in letter.body_text
    assert set(DunningNotice.objects.values_list("restrict_on", flat=True)) == {date(2026, 12, 14)}


def test_a_day_that_letters_named_stays_the_earliest_one_after_a_withdrawal(debtor: Account, at: Travel) -> None:
    at("2026-11-20 12:00")
    given = exempt(debtor, "2026-12-18")
    run_on(at, *REMINDED)
    exemptions.withdraw(account=debtor, seen=given.pk, by=by("Клиент отказался"))
    run_each_day(at, "2026-12-03", "2026-12-18")
    assert not DebtRestriction.objects.exists()
    run_each_day(at, "2026-12-21", "2026-12-21")
    assert DebtRestriction.objects.exists()


def test_a_guarantee_names_no_covered_day(debtor: Account, owner: User, at: Travel) -> None:
    at("2026-11-20 12:00")
    exempt(debtor, "2026-12-21")
    promise = guarantees.accept(guarantee=promises(debtor), staff=StaffFactory.create())
    assert promise.valid_until == date(2026, 12, 5)
    assert promise.restrict_on == date(2026, 12, 22)
    at("2026-12-07 09:30")
    guarantees.expire_due()
    promise.refresh_from_db()
    assert promise.restrict_on == date(2026, 12, 22)
    assert dunning_steps.due_of(debtor).restrict_for is None


def test_a_restriction_in_force_is_lifted_with_a_letter_and_comes_back(
    debtor: Account, trunk: Subscriber, at: Travel
) -> None:
    run_on(at, *REMINDED, "2026-12-07")
    exempt(debtor, "2026-12-09")
    assert debts.in_force(debtor) is None
    assert Letter.objects.filter(kind="calls_allowed").count() == 1
    trunk.refresh_from_db()
    assert trunk.status == SubscriberStatus.ACTIVE
    run_each_day(at, "2026-12-08", "2026-12-10")
    assert debts.in_force(debtor) is not None
    assert DebtRestriction.objects.count() == 2


def test_who_is_exempt_will_not_be_barred_and_waits_for_no_statement(debtor: Account, at: Travel) -> None:
    run_on(at, *REMINDED)
    day = date(2026, 12, 7)
    assert [one.account for one in soon_restricted.on(day)] == [debtor]
    exempt(debtor, "2026-12-07")
    assert soon_restricted.on(day) == []
    assert [one.account for one in soon_restricted.on(day + timedelta(days=1))] == [debtor]
    at("2026-12-07 09:30")
    assert waiting.warning() == ""
    assert dunning.run_due(dry_run=True).restricted == 0


def test_it_is_audited_with_its_reason(debtor: Account, at: Travel) -> None:
    given = exempt(debtor, "2026-12-01")
    exemptions.withdraw(account=debtor, seen=given.pk, by=by("Ошиблись счётом"))
    granted, withdrawn = AuditEvent.objects.filter(action__startswith="exemption.").order_by("pk")
    assert (granted.account, granted.action) == (debtor, "exemption.granted")
    assert "01.12.2026" in granted.summary
    assert "Спор о сумме счёта" in granted.summary
    assert "Ошиблись счётом" in withdrawn.summary


@pytest.mark.parametrize(
    ("days", "reason", "code"),
    [(-1, "Спор", "until"), (LONGEST.days + 1, "Спор", "until"), (1, "  ", "reason")],
)
def test_a_wrong_day_and_no_reason_are_refused(debtor: Account, days: int, reason: str, code: str) -> None:
    with pytest.raises(ExemptionError) as refused:
        exemptions.grant(account=debtor, until=clock.today() + timedelta(days=days), by=by(reason))
    assert refused.value.code == f"exemption.{code}"
    assert not DunningExemption.objects.exists()


def test_a_closed_account_and_a_second_exemption_are_refused(debtor: Account) -> None:
    given = exempt(debtor, "2026-11-12")
    with pytest.raises(ExemptionError, match="уже действует"):
        exempt(debtor, "2026-11-20")
    with pytest.raises(ExemptionError, match="уже не действует"):
        exemptions.withdraw(account=debtor, seen=given.pk + 1, by=by())
    exemptions.withdraw(account=debtor, seen=given.pk, by=by())
    with pytest.raises(ExemptionError, match="уже не действует"):
        exemptions.withdraw(account=debtor, seen=given.pk, by=by())
    exempt(debtor, "2026-11-20")  # a withdrawn one does not count
    Account.objects.filter(pk=debtor.pk).update(status=AccountStatus.CLOSED, closed_on=clock.today())
    with pytest.raises(ExemptionError, match="закрыт"):
        exempt(debtor, "2026-11-20")


def test_the_database_refuses_two_that_overlap(debtor: Account) -> None:
    given = exempt(debtor, "2026-11-20")
    row = {"account": debtor, "reason": "Спор", "granted_by": given.granted_by}
    with transaction.atomic(), pytest.raises(IntegrityError):
        DunningExemption.objects.create(since=given.until, until=given.until, **row)


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_give_one(debtor: Account) -> None:
    clerks = [by("Первый"), by("Второй")]

    def work(one: Actor) -> str:
        try:
            exemptions.grant(account=debtor, until=clock.today(), by=one)
        except ExemptionError as refusal:
            return refusal.code
        return ""

    results = at_once([partial(work, one) for one in clerks])
    assert sorted(results) == ["", "exemption.known"]
    assert DunningExemption.objects.count() == 1
