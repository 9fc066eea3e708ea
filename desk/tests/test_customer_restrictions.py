"""Staff restrict an account's outgoing calls for their own reason: payments do not lift it, and a debt outlives it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, AccountStatus, AuditEvent, User
from accounts.tests.factories import AccountFactory, StaffFactory, UserFactory
from billing.models import DebtRestriction
from billing.services import debts, guarantees
from billing.tests.debtors import debt_of, owes, pays, promises
from desk.services import restrictions
from desk.tests.customers import clerk
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.errors import NumberError
from subscribers.models import Operation, Provisioning, StaffRestriction, Subscriber, SubscriberStatus
from subscribers.services import numbers
from subscribers.services import restrictions as of_numbers
from subscribers.tests.factories import NumberFactory, PlanTermsFactory, TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ACTIVE, RESTRICTED = SubscriberStatus.ACTIVE, SubscriberStatus.RESTRICTED
SEE, DO = "accounts.view_customer", "subscribers.add_staffrestriction"


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    UserFactory.create(account=account)
    return TrunkFactory.create(account=account)


@pytest.fixture
def number(trunk: Subscriber) -> Subscriber:
    return NumberFactory.create(trunk=trunk)


def by(reason: str = "Заявление об утере") -> Actor:
    return Actor(StaffFactory.create(), "198.51.100.7", reason)


def status(*rows: Subscriber) -> list[str]:
    return [Subscriber.objects.get(pk=row.pk).status for row in rows]


def bar_for_debt(account: Account) -> DebtRestriction:
    return debts.restrict(account=account, debt=debt_of(owes(account, month="2026-08")))


def url(page: str, account: Account) -> str:
    return reverse(f"admin:desk_customer_{page}", args=[account.customer_id, account.pk])


# --- The rule --------------------------------------------------------------------------------------------------------
def test_all_numbers_are_barred_at_once_with_an_operation_of_each(trunk: Subscriber, number: Subscriber) -> None:
    restrictions.restrict(account=trunk.account, by=by())
    assert status(trunk, number) == [RESTRICTED, RESTRICTED]
    assert all(row.desired["outgoing_restricted"] for row in Provisioning.objects.all())
    made = Operation.objects.order_by("subscriber")
    assert [(row.kind, row.reason, row.version) for row in made] == [("restriction", "Заявление об утере", 1)] * 2
    event = AuditEvent.objects.get(action="account.restricted")
    assert event.account == trunk.account
    assert "Заявление об утере" in event.summary
    assert event.details["numbers"] == 2


def test_a_payment_and_a_guarantee_do_not_lift_it(trunk: Subscriber, number: Subscriber) -> None:
    bar_for_debt(trunk.account)
    restrictions.restrict(account=trunk.account, by=by())
    promise = promises(trunk.account)
    written = Letter.objects.filter(kind="calls_allowed").count()
    accepted = guarantees.accept(guarantee=promise, staff=StaffFactory.create())
    assert debts.in_force(trunk.account) is None
    assert status(trunk, number) == [RESTRICTED, RESTRICTED]
    letter = Letter.objects.get(kind="guarantee_accepted")
    assert "Ограничение исходящих звонков снято" not in letter.body_text
    pays(trunk.account, str(accepted.amount))
    assert status(trunk, number) == [RESTRICTED, RESTRICTED]
    assert Letter.objects.filter(kind="calls_allowed").count() == written  # it would say that calls are allowed
    restrictions.lift(account=trunk.account, by=by("Найдено"))
    assert status(trunk, number) == [ACTIVE, ACTIVE]


def test_a_payment_lifts_the_debt_while_staff_keep_the_numbers(trunk: Subscriber) -> None:
    bar_for_debt(trunk.account)
    restrictions.restrict(account=trunk.account, by=by())
    pays(trunk.account, "125.00")
    assert debts.in_force(trunk.account) is None
    assert status(trunk) == [RESTRICTED]
    assert not Letter.objects.filter(kind="calls_allowed").exists()


def test_without_the_guard_a_payment_would_allow_the_calls(trunk: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    bar_for_debt(trunk.account)
    restrictions.restrict(account=trunk.account, by=by())
    monkeypatch.setattr("subscribers.selectors.staff_restriction.in_force", lambda _account: None)
    pays(trunk.account, "125.00")
    assert status(trunk) == [ACTIVE]


def test_a_debt_outlives_the_restriction_by_staff(trunk: Subscriber) -> None:
    bar_for_debt(trunk.account)
    restrictions.restrict(account=trunk.account, by=by())
    late = NumberFactory.create(trunk=trunk, status=RESTRICTED)
    restrictions.lift(account=trunk.account, by=by("Найдено"))
    assert debts.in_force(trunk.account) is not None
    assert status(trunk) == [RESTRICTED]
    pays(trunk.account, "125.00")
    assert status(trunk) == [ACTIVE]
    assert status(late) == [RESTRICTED]  # nobody's restriction covers it: staff barred it by hand


def test_a_debt_that_began_meanwhile_bars_the_numbers_at_the_end(trunk: Subscriber, number: Subscriber) -> None:
    restrictions.restrict(account=trunk.account, by=by())
    bar_for_debt(trunk.account)
    restrictions.lift(account=trunk.account, by=by("Найдено"))
    assert status(trunk, number) == [RESTRICTED, RESTRICTED]
    pays(trunk.account, "125.00")
    assert status(trunk, number) == [ACTIVE, ACTIVE]


def test_a_number_that_staff_allowed_during_the_debt_is_allowed_again(trunk: Subscriber, number: Subscriber) -> None:
    bar_for_debt(trunk.account)
    of_numbers.lift(subscriber=number, user=StaffFactory.create())
    restrictions.restrict(account=trunk.account, by=by())
    restrictions.lift(account=trunk.account, by=by("Найдено"))
    assert status(trunk, number) == [RESTRICTED, ACTIVE]


def test_a_number_restricted_by_hand_before_stays_restricted(trunk: Subscriber, number: Subscriber) -> None:
    of_numbers.restrict(subscriber=number, user=StaffFactory.create())
    restrictions.restrict(account=trunk.account, by=by())
    restrictions.lift(account=trunk.account, by=by("Найдено"))
    assert status(trunk, number) == [ACTIVE, RESTRICTED]


def test_a_number_connected_meanwhile_starts_barred(trunk: Subscriber, number: Subscriber) -> None:
    PlanTermsFactory.create(plan=number.plan, included_channels=0)
    restrictions.restrict(account=trunk.account, by=by())
    fresh = numbers.open_number(trunk=trunk, phone="+375 17 399-99-99", plan=number.plan)
    assert status(fresh) == [RESTRICTED]
    assert Provisioning.objects.get(pk=fresh.pk).desired["outgoing_restricted"]
    restrictions.lift(account=trunk.account, by=by("Найдено"))
    assert status(fresh) == [ACTIVE]


def test_a_single_number_is_not_allowed_meanwhile(trunk: Subscriber) -> None:
    restrictions.restrict(account=trunk.account, by=by())
    with pytest.raises(NumberError, match="весь лицевой счёт"):
        of_numbers.lift(subscriber=trunk, user=StaffFactory.create())
    assert status(trunk) == [RESTRICTED]


def test_refusals_write_nothing(trunk: Subscriber) -> None:
    with pytest.raises(DomainError, match="Укажите основание"):
        restrictions.restrict(account=trunk.account, by=by("  "))
    with pytest.raises(DomainError, match="не длиннее"):
        restrictions.restrict(account=trunk.account, by=by("х" * 201))
    with pytest.raises(DomainError, match="уже снято"):
        restrictions.lift(account=trunk.account, by=by())
    with pytest.raises(DomainError, match="уже снято"):
        restrictions.lift_debt(account=trunk.account, by=by())
    closed = AccountFactory.create(status=AccountStatus.CLOSED, closed_on=clock.today())
    with pytest.raises(DomainError, match="закрыт"):
        restrictions.restrict(account=closed, by=by())
    assert status(trunk) == [ACTIVE]
    assert not StaffRestriction.objects.exists()
    restrictions.restrict(account=trunk.account, by=by())
    with pytest.raises(DomainError, match="уже ограничен"):
        restrictions.restrict(account=trunk.account, by=by())
    assert StaffRestriction.objects.count() == 1


def test_the_debt_is_lifted_by_hand_with_a_letter(trunk: Subscriber) -> None:
    bar_for_debt(trunk.account)
    restrictions.lift_debt(account=trunk.account, by=by("Обещали письмом"))
    assert status(trunk) == [ACTIVE]
    assert DebtRestriction.objects.get().lifted_why == "Обещали письмом"
    assert Letter.objects.filter(kind="calls_allowed").count() == 1


def test_many_numbers_take_a_fixed_number_of_statements(trunk: Subscriber, django_assert_max_num_queries: Any) -> None:
    for _place in range(30):
        NumberFactory.create(trunk=trunk)
    with django_assert_max_num_queries(45):
        restrictions.restrict(account=trunk.account, by=by())
    with django_assert_max_num_queries(45):
        restrictions.lift(account=trunk.account, by=by("Найдено"))
    assert not Subscriber.objects.exclude(status=ACTIVE).exists()


# --- The pages -------------------------------------------------------------------------------------------------------
def test_the_effect_is_shown_before_the_click_and_the_way_leads_back(trunk: Subscriber, staff: User) -> None:
    browser = signed_in(staff)
    page = words(browser.get(url("restrict", trunk.account)))
    assert "Сразу перестанут звонить: 1 номер" in page.replace("\u00a0", " ")
    assert "Оплата и гарантия это ограничение не снимут" in page
    answer = browser.post(url("restrict", trunk.account), {"reason": "Заявление", "token": "t"})
    assert answer.headers["Location"] == f"/admin/customers/{trunk.account.customer_id}/#accounts"
    assert status(trunk) == [RESTRICTED]
    assert "ограничен оператором" in text(browser.get(reverse("admin:desk_customer", args=[trunk.account.customer_id])))
    assert "уже ограничен" in text(browser.get(url("restrict", trunk.account)))
    browser.post(url("lift", trunk.account), {"reason": "Найдено", "token": "t"})
    assert status(trunk) == [ACTIVE]


def test_a_missing_reason_is_shown_beside_its_field(trunk: Subscriber, staff: User) -> None:
    page = text(signed_in(staff).post(url("restrict", trunk.account), {"reason": " ", "token": "t"}))
    assert "Укажите основание: клиент прочтёт его в журнале действий" in page
    assert status(trunk) == [ACTIVE]


def test_the_restriction_for_debt_is_lifted_on_its_page(trunk: Subscriber, staff: User) -> None:
    browser = signed_in(staff)
    assert "Ограничения за долг на этом лицевом счёте нет" in text(browser.get(url("lift_debt", trunk.account)))
    bar_for_debt(trunk.account)
    assert "долг остаётся" in text(browser.get(url("lift_debt", trunk.account)))
    browser.post(url("lift_debt", trunk.account), {"reason": "Обещали", "token": "t"})
    assert status(trunk) == [ACTIVE]


@pytest.mark.parametrize(
    ("page", "permission"),
    [
        ("restrict", "subscribers.add_staffrestriction"),
        ("lift", "subscribers.change_staffrestriction"),
        ("lift_debt", "billing.change_debtrestriction"),
    ],
)
def test_only_who_may_restrict_and_see_customers_gets_in(page: str, permission: str, trunk: Subscriber) -> None:
    told = {"reason": "Заявление", "token": "t"}
    for person in (clerk(SEE), clerk(permission), clerk(SEE, "subscribers.change_subscriber")):
        browser = signed_in(person)
        assert browser.get(url(page, trunk.account)).status_code == 403
        assert browser.post(url(page, trunk.account), told).status_code == 403
    assert status(trunk) == [ACTIVE]
    assert signed_in(clerk(SEE, permission)).get(url(page, trunk.account)).status_code == 200


def test_another_customer_s_account_is_not_found(trunk: Subscriber, staff: User) -> None:
    other = AccountFactory.create()
    address = reverse("admin:desk_customer_restrict", args=[other.customer_id, trunk.account_id])
    assert signed_in(staff).post(address, {"reason": "Заявление", "token": "t"}).status_code == 404
    assert status(trunk) == [ACTIVE]


def test_a_customer_cannot_restrict(trunk: Subscriber) -> None:
    owner = User.objects.get(account=trunk.account)
    for browser in (Client(), signed_in(owner)):
        assert browser.post(url("restrict", trunk.account), {"reason": "x"}).status_code == 302
    assert status(trunk) == [ACTIVE]
