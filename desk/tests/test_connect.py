"""«Подключить номер» on the customer's page: free numbers, a run of them, a number brought along (4.11, 4.13)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actor import PORTAL
from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import AccountFactory
from desk.tests.cast import clerk
from sipcabinet.lib import clock
from sipcabinet.tests.at_once import at_once, posted
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import PlanKind, Subscriber, TariffPlan
from subscribers.services import pool
from subscribers.tests.factories import NumberRangeFactory, PlanTermsFactory, TariffPlanFactory, TrunkFactory

pytestmark = pytest.mark.django_db
RIGHTS = ("accounts.view_customer", "subscribers.add_subscriber")
FIRST = "375172700000"


@pytest.fixture(autouse=True)
def ten(db: None) -> None:
    NumberRangeFactory.create()


@pytest.fixture
def support(db: None) -> Client:
    return signed_in(clerk(*RIGHTS))


@pytest.fixture
def trunk_plan(db: None) -> TariffPlan:
    return TariffPlanFactory.create()


@pytest.fixture
def number_plan(db: None) -> TariffPlan:
    return PlanTermsFactory.create(plan=TariffPlanFactory.create(kind=PlanKind.NUMBER), included_channels=0).plan


def url(account: Account) -> str:
    return reverse("admin:desk_customer_connect", args=[account.customer_id, account.pk])


def form(of_plan: TariffPlan, **fields: Any) -> dict[str, Any]:
    day = f"{clock.today():%d.%m.%Y}"
    told = {"offer": FIRST, "count": 1, "plan": of_plan.pk, "connected_on": day, "token": "one", "connect": 1, **fields}
    return {name: value for name, value in told.items() if value is not None}


def sent(client: Client, account: Account, told: dict[str, Any]) -> str:
    return client.post(url(account), told, follow=True).content.decode()


def test_a_trunk_is_connected_from_the_offers(support: Client, account: Account, trunk_plan: TariffPlan) -> None:
    assert "270-00-00" in support.get(url(account)).content.decode()
    told = form(trunk_plan, label="Офис")
    assert "Что произойдёт" in sent(support, account, form(trunk_plan, label="Офис", connect=None))
    assert not Subscriber.objects.exists()
    assert "Подключено" in sent(support, account, told)
    trunk = Subscriber.objects.get()
    assert (trunk.phone, trunk.label, trunk.account) == (f"+{FIRST}", "Офис", account)
    assert User.objects.filter(phone=trunk.phone).exists()
    assert AuditEvent.objects.get(action="number.connected").details["subscribers"] == [trunk.pk]


def test_a_run_is_connected_to_a_trunk_as_of_a_day(support: Client, account: Account, number_plan: TariffPlan) -> None:
    trunk = TrunkFactory.create(account=account)
    yesterday = clock.today() - timedelta(days=1)
    told = form(number_plan, trunk=trunk.pk, count=3, connected_on=f"{yesterday:%d.%m.%Y}")
    sent(support, account, told)
    opened = Subscriber.objects.filter(trunk=trunk).order_by("phone")
    assert [one.phone[-1] for one in opened] == ["0", "1", "2"]
    assert {clock.minsk(one.connected_at).date() for one in opened} == {yesterday}


def test_a_run_with_a_number_taken_meanwhile_is_not_connected_at_all(
    support: Client, account: Account, number_plan: TariffPlan
) -> None:
    trunk = TrunkFactory.create(account=account)
    told = form(number_plan, trunk=trunk.pk, count=3)
    TrunkFactory.create(phone="+375172700002")
    assert "Номер уже подключён" in sent(support, account, told)
    assert not trunk.numbers.exists()


def test_a_number_brought_along_is_ported_in(support: Client, account: Account, trunk_plan: TariffPlan) -> None:
    told = form(trunk_plan, offer=None, own="8 044 711-20-30")
    assert "отметьте перенос" in sent(support, account, told)
    sent(support, account, told | {"ported_in": "on"})
    assert Subscriber.objects.get().ported_in


def test_a_reserved_number_is_connected_by_who_saw_the_reservation(
    support: Client, account: Account, trunk_plan: TariffPlan
) -> None:
    pool.reserve(first=f"+{FIRST}", until=clock.today(), text="ООО «Мельница»", by=PORTAL)
    page = sent(support, account, {"find": 1, "with_reserved": "on", "count": 1, "pattern": "*00"})
    assert f'value="{FIRST}r"' in page
    assert "в резерве: ООО «Мельница»" in page
    assert "зарезервирован" in sent(support, account, form(trunk_plan))
    sent(support, account, form(trunk_plan, offer=f"{FIRST}r"))
    assert Subscriber.objects.get().phone == f"+{FIRST}"


def test_a_search_keeps_what_was_typed_and_tells_only_its_own_faults(support: Client, account: Account) -> None:
    page = sent(support, account, {"find": 1, "pattern": "*03", "count": 1, "label": "Приёмная"})
    assert "270-00-03" in page
    assert "270-00-04" not in page
    assert 'value="Приёмная"' in page
    assert "Выберите тарифный план" not in page
    assert "Маска номера: цифры" in sent(support, account, {"find": 1, "pattern": "abc", "count": 1})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"offer": None}, "Выберите свободный номер"),
        ({"own": "17 270-00-05"}, "оставьте что-то одно"),
        ({"offer": None, "own": "слово"}, "Введите номер телефона"),
        ({"offer": "375; DROP"}, "Выберите"),
        ({"count": 2}, "по одному"),
        ({"count": 0}, "больше либо равно 1"),
        ({"plan": ""}, "Выберите тарифный план"),
        ({"connected_on": "31.12.2099"}, "ещё не наступила"),
        ({"connected_on": "01.01.2020"}, "раньше даты договора"),
    ],
)
def test_a_wrong_form_is_told_and_connects_nothing(
    wrong: dict[str, Any], told: str, support: Client, account: Account, trunk_plan: TariffPlan
) -> None:
    assert told in sent(support, account, form(trunk_plan, **wrong))
    assert not Subscriber.objects.exists()


def test_a_number_needs_a_trunk_of_the_account(support: Client, account: Account, number_plan: TariffPlan) -> None:
    assert "выберите SIP-соединение" in sent(support, account, form(number_plan))
    other = TrunkFactory.create()
    sent(support, account, form(number_plan, trunk=other.pk))
    assert Subscriber.objects.get() == other


def test_a_closed_account_gets_no_form(support: Client) -> None:
    account = AccountFactory.create(status="closed", closed_on=clock.today())
    page = support.get(url(account)).content.decode()
    assert "Лицевой счёт закрыт" in page
    assert "Найти номера" not in page


def test_others_may_not(account: Account, trunk_plan: TariffPlan, owner: User) -> None:
    reader = signed_in(clerk("accounts.view_customer", "subscribers.view_subscriber"))
    assert reader.get(url(account)).status_code == 403
    assert reader.post(url(account), form(trunk_plan)).status_code == 403
    assert signed_in(owner).post(url(account), form(trunk_plan)).status_code in {302, 403}
    assert not Subscriber.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_at_once_one_connects_and_the_other_is_told(
    support: Client, account: Account, trunk_plan: TariffPlan
) -> None:
    other, second = signed_in(clerk(*RIGHTS)), AccountFactory.create()
    works = [(support, account), (other, second)]
    told = form(trunk_plan)
    answers = at_once([lambda c=c, a=a: posted(c.cookies, url(a), told) for c, a in works])  # type: ignore[misc]
    assert sorted(status for status, _where in answers) == [200, 302]
    assert Subscriber.objects.count() == 1
