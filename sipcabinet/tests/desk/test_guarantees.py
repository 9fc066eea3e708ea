"""Requests of guarantee payments and restrictions for debt at the desk (4.2, 4.8)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import StaffFactory
from billing.models import DebtRestriction, PaymentGuarantee
from billing.services import debts, guarantees
from billing.tests.debtors import owes, promises
from notifications.models import Letter
from subscribers.models import Subscriber
from subscribers.tests.factories import TrunkFactory

pytestmark = pytest.mark.usefixtures("today")

LIST = "admin:billing_paymentguarantee_changelist"


@pytest.fixture
def debtor(account: Account) -> Account:
    owes(account)
    return account


@pytest.fixture
def waiting(debtor: Account) -> PaymentGuarantee:
    return promises(debtor)


def decide(desk: Client, guarantee: PaymentGuarantee, **form: str) -> Any:
    return desk.post(reverse("admin:billing_paymentguarantee_decide", args=[guarantee.pk]), form)


def test_the_queue_begins_with_the_oldest_that_waits(
    debtor: Account, other_owner: User, staff: User, client_of: Callable[[User], Client], at: Callable[[str], Any]
) -> None:
    refused = guarantees.reject(guarantee=promises(debtor), staff=staff, reason="Нет")
    at("2026-11-22 11:00")
    first = promises(debtor)
    assert other_owner.account is not None
    owes(other_owner.account)
    at("2026-11-22 12:00")
    second = promises(other_owner.account)
    desk = client_of(staff)
    page = desk.get(reverse(LIST)).content.decode()
    assert page.index(first.number) < page.index(second.number) < page.index(refused.number)
    only = desk.get(reverse(LIST) + "?state__exact=rejected").content.decode()
    assert refused.number in only
    assert first.number not in only


def test_the_page_of_a_decision_says_what_to_decide_by(desk: Client, waiting: PaymentGuarantee) -> None:
    page = desk.get(reverse("admin:billing_paymentguarantee_decide", args=[waiting.pk])).content.decode()
    for fact in (waiting.account.number, waiting.debt.title, "125,00\u00a0BYN", "05.12.2026", "15.03.2024"):
        assert fact in page


def test_staff_accept(desk: Client, waiting: PaymentGuarantee, staff: User) -> None:
    response = decide(desk, waiting, decision="accept", answer="Ждём")
    onward = reverse("admin:desk_queue_next", args=["guarantees"]) + f"?after={waiting.pk}"
    assert (response.status_code, response.headers["Location"]) == (302, onward)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.answer, waiting.decided_by) == ("accepted", "Ждём", staff)
    assert str(AuditEvent.objects.get(action="guarantee.accepted").address) == "127.0.0.1"


def test_staff_refuse_with_a_reason(desk: Client, waiting: PaymentGuarantee) -> None:
    page = decide(desk, waiting, decision="reject", answer=" ")
    assert "Укажите причину отказа" in page.content.decode()
    waiting.refresh_from_db()
    assert waiting.state == "pending"
    decide(desk, waiting, decision="reject", answer="Долг за прошлый месяц")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.answer) == ("rejected", "Долг за прошлый месяц")


def test_no_decision_is_none(desk: Client, waiting: PaymentGuarantee) -> None:
    assert "Выберите решение" in decide(desk, waiting, answer="Да").content.decode()
    waiting.refresh_from_db()
    assert waiting.state == "pending"


def test_what_is_decided_has_no_form(desk: Client, waiting: PaymentGuarantee, staff: User) -> None:
    guarantees.accept(guarantee=waiting, staff=staff)
    page = decide(desk, waiting, decision="reject", answer="Нет")
    assert "Решение по этому обязательству уже принято" in page.content.decode()
    assert 'name="decision"' not in page.content.decode()
    assert Letter.objects.filter(kind="guarantee_rejected").count() == 0


def test_several_are_accepted_at_once(act: Callable[..., Any], waiting: PaymentGuarantee) -> None:
    page = act("billing_paymentguarantee", "accept", waiting)
    assert "Принято обязательств: 1" in page.content.decode()
    page = act("billing_paymentguarantee", "accept", waiting)
    assert "уже принято" in page.content.decode()


def test_who_may_only_look_may_not_decide(waiting: PaymentGuarantee, client_of: Callable[[User], Client]) -> None:
    clerk = StaffFactory.create(is_superuser=False)
    clerk.user_permissions.add(Permission.objects.get(codename="view_paymentguarantee"))
    browser = client_of(clerk)
    assert browser.get(reverse(LIST)).status_code == 200
    assert decide(browser, waiting, decision="accept").status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == "pending"


def test_a_restriction_is_lifted_by_hand(act: Callable[..., Any], debtor: Account, staff: User) -> None:
    trunk: Subscriber = TrunkFactory.create(account=debtor)
    restriction = debts.restrict(account=debtor, debt=debtor.debts.get())
    page = act("billing_debtrestriction", "lift", restriction)
    assert "Снято блокировок: 1" in page.content.decode()
    restriction.refresh_from_db()
    trunk.refresh_from_db()
    assert (restriction.lifted_by, restriction.lifted_why, trunk.status) == (staff, "решение оператора", "active")
    event = AuditEvent.objects.get(action="debt.lifted")
    assert (event.account, event.user) == (debtor, staff)
    assert Letter.objects.get(kind="calls_allowed").recipient == debtor.cabinet_email
    assert "уже снята" in act("billing_debtrestriction", "lift", restriction).content.decode()
    assert DebtRestriction.objects.count() == 1
