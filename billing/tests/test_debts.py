"""Outgoing calls barred for debt and allowed again, except numbers that staff barred by hand (4.8)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from accounts.models import Account, AuditEvent, User
from billing.models import DebtRestriction, DunningNotice, DunningStep, RestrictedSubscriber
from billing.services import debts, dunning, guarantees
from billing.tests.debtors import owes, pays, promised
from notifications.models import Letter
from subscribers.models import Operation, Provisioning, Subscriber
from subscribers.services import numbers, restrictions
from subscribers.tests.factories import NumberFactory, TariffPlanFactory

Travel = Callable[[str], Any]
WHY = "решение оператора"


pytestmark = pytest.mark.usefixtures("statements_are_complete")


@pytest.fixture(autouse=True)
def twelve_days_late(at: Travel) -> Any:
    """The first working day from the tenth overdue day on."""
    return at("2026-12-07 10:00")


@pytest.fixture
def number(trunk: Subscriber) -> Subscriber:
    return NumberFactory.create(trunk=trunk)


@pytest.fixture
def debtor(account: Account, number: Subscriber) -> Account:
    owes(account)
    return account


@pytest.fixture
def barred(debtor: Account) -> DebtRestriction:
    return debts.restrict(account=debtor, debt=debtor.debts.get())


@pytest.fixture
def warned(debtor: Account) -> None:
    """The second reminder was sent in time and named this day."""
    DunningNotice.objects.create(
        account=debtor, debt=debtor.debts.get(), step=DunningStep.SECOND, restrict_on=date(2026, 12, 7)
    )


def status(subscriber: Subscriber) -> str:
    subscriber.refresh_from_db()
    return subscriber.status


def in_force(account: Account) -> bool:
    return debts.in_force(account) is not None


def test_every_number_is_barred(
    debtor: Account, barred: DebtRestriction, trunk: Subscriber, number: Subscriber
) -> None:
    assert (status(trunk), status(number)) == ("restricted", "restricted")
    assert set(barred.subscribers.all()) == {trunk, number}
    event = AuditEvent.objects.get(action="debt.restricted")
    assert (event.account, event.user, event.details["numbers"]) == (debtor, None, 2)
    reasons = set(Operation.objects.values_list("reason", flat=True))
    assert reasons == {f"задолженность по счёту № {debtor.invoices.get().number}"}
    assert Provisioning.objects.get(subscriber=number).desired["outgoing_restricted"] is True


def test_it_is_restricted_once(debtor: Account, barred: DebtRestriction) -> None:
    assert debts.restrict(account=debtor, debt=debtor.debts.get()) == barred
    assert (DebtRestriction.objects.count(), Operation.objects.count()) == (1, 2)


def test_payment_lifts_it(debtor: Account, barred: DebtRestriction, trunk: Subscriber, number: Subscriber) -> None:
    pays(debtor, "124.99")
    assert (status(trunk), in_force(debtor)) == ("restricted", True)
    pays(debtor, "0.01")
    assert (status(trunk), status(number), in_force(debtor)) == ("active", "active", False)
    barred.refresh_from_db()
    assert (barred.lifted_why, barred.lifted_by) == ("просроченной задолженности нет", None)
    assert [letter.kind for letter in Letter.objects.all()] == ["calls_allowed"]
    assert AuditEvent.objects.filter(action="debt.lifted").count() == 1


def test_what_is_not_due_yet_keeps_nothing_barred(debtor: Account, barred: DebtRestriction, at: Travel) -> None:
    at("2026-12-11 10:00")
    owes(debtor, "125.00", "2026-11")
    pays(debtor, "125.00")
    assert not in_force(debtor)


def test_staffs_own_restriction_stays(debtor: Account, trunk: Subscriber, number: Subscriber, staff: User) -> None:
    restrictions.restrict(subscriber=number, user=staff, reason="жалоба")
    debts.restrict(account=debtor, debt=debtor.debts.get())
    assert list(RestrictedSubscriber.objects.values_list("subscriber", flat=True)) == [trunk.pk]
    pays(debtor, "125.00")
    assert (status(trunk), status(number)) == ("active", "restricted")


def test_what_staff_restrict_anew_meanwhile_stays(
    debtor: Account, barred: DebtRestriction, trunk: Subscriber, number: Subscriber, staff: User
) -> None:
    restrictions.lift(subscriber=number, user=staff, reason="договорились")
    restrictions.restrict(subscriber=number, user=staff, reason="жалоба")
    pays(debtor, "125.00")
    assert (status(trunk), status(number)) == ("active", "restricted")


def test_without_that_look_it_would_be_lifted(
    debtor: Account, barred: DebtRestriction, number: Subscriber, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debts, "_is_ours", lambda _subscriber: True)
    restrictions.lift(subscriber=number, user=staff, reason="договорились")
    restrictions.restrict(subscriber=number, user=staff, reason="жалоба")
    pays(debtor, "125.00")
    assert status(number) == "active"


def test_a_number_that_staff_allowed_is_not_barred_again(
    debtor: Account, barred: DebtRestriction, number: Subscriber, staff: User
) -> None:
    restrictions.lift(subscriber=number, user=staff, reason="договорились")
    debts.review(account=debtor)
    assert status(number) == "active"
    pays(debtor, "125.00")
    assert status(number) == "active"


def test_a_number_opened_meanwhile_is_barred_by_the_next_run(
    debtor: Account, barred: DebtRestriction, trunk: Subscriber
) -> None:
    fresh = NumberFactory.create(trunk=trunk)
    dunning.run_due()
    assert status(fresh) == "restricted"
    pays(debtor, "125.00")
    assert status(fresh) == "active"


def test_a_number_closed_meanwhile_is_passed_over(
    debtor: Account, barred: DebtRestriction, trunk: Subscriber, number: Subscriber
) -> None:
    numbers.close(subscriber=number)
    pays(debtor, "125.00")
    assert (status(trunk), status(number)) == ("active", "closed")


def test_a_number_that_comes_back_is_a_number_opened(
    debtor: Account, barred: DebtRestriction, trunk: Subscriber, number: Subscriber, at: Travel
) -> None:
    numbers.close(subscriber=number)
    at("2026-12-08 10:00")
    again = numbers.open_number(trunk=trunk, phone=number.phone, plan=TariffPlanFactory.create(kind="number"))
    debts.review(account=debtor)
    assert status(again) == "restricted"


def test_an_accepted_promise_lifts_it_until_its_day(
    debtor: Account, barred: DebtRestriction, trunk: Subscriber, at: Travel
) -> None:
    guarantee = promised(debtor)
    assert status(trunk) == "active"
    barred.refresh_from_db()
    assert barred.lifted_why == f"принято обязательство {guarantee.number}"
    assert "Ограничение исходящих звонков снято" in Letter.objects.get(kind="guarantee_accepted").body_text
    assert not Letter.objects.filter(kind="calls_allowed").exists()
    at("2026-12-17 23:59:59")
    dunning.run_due()
    assert status(trunk) == "active"
    at("2026-12-18 00:05")
    guarantees.expire_due()
    assert status(trunk) == "active"
    at("2026-12-18 09:30")
    dunning.run_due()
    assert status(trunk) == "restricted"


def test_a_promise_without_a_restriction_says_nothing_of_one(debtor: Account) -> None:
    promised(debtor)
    assert "Ограничение исходящих звонков снято" not in Letter.objects.get(kind="guarantee_accepted").body_text


def test_a_part_that_is_promised_and_paid_leaves_the_rest_overdue(
    debtor: Account, warned: None, barred: DebtRestriction, trunk: Subscriber, at: Travel
) -> None:
    promised(debtor, "50.00")
    pays(debtor, "50.00")
    assert status(trunk) == "active"
    at("2026-12-08 10:00")
    dunning.run_due()
    assert status(trunk) == "restricted"


@pytest.mark.usefixtures("warned")
def test_staff_lift_it_by_hand_and_it_stays_lifted(
    debtor: Account, barred: DebtRestriction, trunk: Subscriber, staff: User, at: Travel
) -> None:
    lifted = debts.lift(account=debtor, why=WHY, user=staff, address="192.0.2.7")
    assert lifted is not None
    assert (lifted.lifted_by, status(trunk)) == (staff, "active")
    event = AuditEvent.objects.get(action="debt.lifted")
    assert (event.user, event.by_staff, str(event.address)) == (staff, True, "192.0.2.7")
    at("2026-12-21 10:00")
    dunning.run_due()
    assert status(trunk) == "active"


@pytest.mark.usefixtures("warned")
def test_staffs_lifting_does_not_forgive_the_next_invoice(
    debtor: Account, barred: DebtRestriction, trunk: Subscriber, staff: User, at: Travel
) -> None:
    debts.lift(account=debtor, why=WHY, user=staff)
    at("2026-12-10 10:00")
    owes(debtor, "125.00", "2026-11")
    for moment in ("2027-01-01 10:00", "2027-01-03 10:00"):
        at(moment)
        dunning.run_due()
    assert status(trunk) == "active"
    at("2027-01-04 10:00")
    dunning.run_due()
    assert status(trunk) == "restricted"


def test_lifting_what_is_not_barred_does_nothing(debtor: Account) -> None:
    assert debts.lift(account=debtor, why=WHY) is None
    assert not AuditEvent.objects.exists()


def test_a_restriction_of_nobody_is_no_letter(account: Account) -> None:
    """An account without open numbers still owes, but has nothing to bar, so no letter is written."""
    owes(account)
    notice = DunningNotice(account=account, debt=account.debts.get(), step="second", restrict_on=date(2026, 12, 7))
    notice.save()
    dunning.run_due()
    assert not Letter.objects.exists()
    assert in_force(account)
