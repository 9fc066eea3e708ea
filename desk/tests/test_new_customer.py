"""The wizard «Новый клиент»: everything is created at the last step, once, or nothing (4.11)."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, Customer, TemporaryPassword, User
from accounts.tests.factories import unp_of
from desk.tests.cast import clerk
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.tests.at_once import at_once, posted
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import ChannelAssignment, SipAccount, Subscriber, TariffPlan
from subscribers.tests.factories import ChannelPackageFactory, NumberRangeFactory, TariffPlanFactory, TrunkFactory
from subscribers.tests.sip_factories import SipPlatformFactory

pytestmark = pytest.mark.django_db
RIGHTS = ("accounts.view_customer", "subscribers.add_subscriber")
PHONE = "+375172700003"
UNP = unp_of(7000)


@pytest.fixture
def plan(db: None) -> TariffPlan:
    NumberRangeFactory.create()
    return TariffPlanFactory.create()


@pytest.fixture
def support(db: None) -> Client:
    return signed_in(clerk(*RIGHTS))


def typed(plan: TariffPlan, **other: Any) -> dict[str, dict[str, Any]]:
    today = f"{clock.today():%d.%m.%Y}"
    steps: dict[str, dict[str, Any]] = {
        "requisites": {"name": "ООО «Мельница»", "unp": UNP, "address": "г. Минск, ул. Мельничная, 1"},
        "contract": {
            "number": "400200018", "contract_number": "SIP-400/Ю", "contract_date": today, "payment_terms": "postpaid",
        },
        "trunk": {"offer": PHONE[1:], "plan": plan.pk, "label": "Офис", "connected_on": today},
        "cabinet": {"cabinet_email": "office@mill.example", "send_password": "on"},
    }  # fmt: skip
    return {name: fields | other.get(name, {}) for name, fields in steps.items()}


def begin(client: Client, query: str = "") -> str:
    """The draft of a new wizard."""
    answer = client.get(reverse("admin:desk_new_customer") + query)
    found = re.search(r"/customers/new/([0-9a-f]+)/", answer.content.decode())
    assert found
    return found[1]


def walk(client: Client, draft: str, steps: dict[str, dict[str, Any]]) -> str:
    """Sends the steps; the last page that was shown."""
    page = ""
    for code, fields in steps.items():
        url = reverse("admin:desk_new_customer_step", args=[draft, code])
        page = client.post(url, fields, follow=True).content.decode()
    return page


def create(client: Client, draft: str) -> str:
    return client.post(reverse("admin:desk_new_customer_review", args=[draft]), follow=True).content.decode()


def test_a_customer_is_created_whole_with_a_temporary_password(support: Client, plan: TariffPlan) -> None:
    SipPlatformFactory.create()
    ten = ChannelPackageFactory.create(channels=10)
    draft = begin(support)
    page = walk(support, draft, typed(plan, trunk={"package": ten.pk}))
    assert "ООО «Мельница»" in page
    assert "+375 17 270-00-03" in page
    assert not Customer.objects.exists()
    assert "Готово: открыт лицевой счёт" in create(support, draft)
    account = Account.objects.get()
    trunk = Subscriber.objects.get()
    assert (account.customer.unp, account.cabinet_email, trunk.account) == (UNP, "office@mill.example", account)
    assert (trunk.phone, trunk.label) == (PHONE, "Офис")
    assert ChannelAssignment.objects.get(subscriber=trunk).package == ten
    assert SipAccount.objects.filter(trunk=trunk).exists()
    login = User.objects.get(phone=PHONE)
    assert TemporaryPassword.objects.filter(user=login).count() == 1
    assert Letter.objects.get().recipient == "office@mill.example"
    assert AuditEvent.objects.get(action="customer.opened").account == account


def test_without_the_mark_no_letter_is_sent(support: Client, plan: TariffPlan) -> None:
    draft = begin(support)
    steps = typed(plan)
    del steps["cabinet"]["send_password"]
    assert "не высылать" in walk(support, draft, steps)
    create(support, draft)
    assert Account.objects.exists()
    assert not Letter.objects.exists()


def test_back_keeps_what_was_typed_also_with_faults(support: Client, plan: TariffPlan) -> None:
    draft = begin(support)
    steps = typed(plan)
    walk(support, draft, {"requisites": steps["requisites"]})
    url = reverse("admin:desk_new_customer_step", args=[draft, "contract"])
    answer = support.post(url, {"number": "абв", "contract_number": "К-1", "back": 1})
    assert answer["Location"].endswith("/requisites/")
    assert "ООО «Мельница»" in support.get(answer["Location"]).content.decode()
    assert 'value="абв"' in support.get(url).content.decode()


def test_the_review_leads_to_the_first_step_with_a_fault(support: Client, plan: TariffPlan) -> None:
    draft = begin(support)
    url = reverse("admin:desk_new_customer_review", args=[draft])
    assert support.get(url)["Location"].endswith("/requisites/")
    walk(support, draft, typed(plan, contract={"number": "буквы"}))
    assert support.post(url)["Location"].endswith("/contract/")
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("step", "wrong", "told"),
    [
        ("requisites", {"unp": "123456789"}, "верной контрольной цифрой"),
        ("requisites", {"name": ""}, "Введите наименование"),
        ("contract", {"number": "40 абв"}, "состоит из цифр"),
        ("contract", {"contract_date": "31.12.2099"}, "ещё не наступила"),
        ("trunk", {"offer": ""}, "Выберите свободный номер"),
        ("trunk", {"plan": ""}, "Выберите тарифный план"),
        ("cabinet", {"cabinet_email": "x"}, "Проверьте E-mail"),
    ],
)
def test_a_wrong_step_is_told_and_goes_no_further(
    step: str, wrong: dict[str, Any], told: str, support: Client, plan: TariffPlan
) -> None:
    page = walk(support, begin(support), {step: typed(plan, **{step: wrong})[step]})
    assert told in page
    assert not Customer.objects.exists()


def test_a_known_unp_and_account_number_are_told(support: Client, plan: TariffPlan, account: Account) -> None:
    draft = begin(support)
    wrong = {"requisites": {"unp": account.customer.unp}, "contract": {"number": account.number}}
    steps = typed(plan, **wrong)
    assert account.customer.name.replace("«", "") in walk(support, draft, {"requisites": steps["requisites"]}).replace(
        "«", ""
    )
    assert "уже есть" in walk(support, draft, {"contract": steps["contract"]})


def test_a_number_taken_meanwhile_creates_nothing(support: Client, plan: TariffPlan) -> None:
    draft = begin(support)
    walk(support, draft, typed(plan))
    holder = TrunkFactory.create(phone=PHONE)
    page = create(support, draft)
    assert "Клиент не создан" in page
    assert holder.account.number in page
    assert Customer.objects.get() == holder.account.customer


def test_a_known_customer_gets_one_more_account(support: Client, plan: TariffPlan, account: Account) -> None:
    draft = begin(support, f"?customer={account.customer_id}")
    steps = typed(plan)
    del steps["requisites"]
    walk(support, draft, steps)
    create(support, draft)
    assert account.customer.accounts.count() == 2
    assert Customer.objects.count() == 1


def test_others_may_not_open_the_wizard(owner: User) -> None:
    clerks = signed_in(clerk("accounts.view_customer", "accounts.add_customer", "accounts.add_account"))
    for who in (clerks, signed_in(owner)):
        assert who.get(reverse("admin:desk_new_customer")).status_code in {302, 403}
        assert who.post(reverse("admin:desk_new_customer_review", args=["draft"])).status_code in {302, 403}
    assert clerks.get(reverse("admin:desk_new_customer")).status_code == 403


def test_a_draft_belongs_to_its_session(support: Client, plan: TariffPlan) -> None:
    draft = begin(support)
    walk(support, draft, typed(plan))
    stranger = signed_in(clerk(*RIGHTS))
    assert stranger.post(reverse("admin:desk_new_customer_review", args=[draft]))["Location"].endswith("/requisites/")
    assert not Customer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_last_step_sent_twice_at_once_creates_one_customer(support: Client, plan: TariffPlan) -> None:
    draft = begin(support)
    walk(support, draft, typed(plan))
    url = reverse("admin:desk_new_customer_review", args=[draft])
    answers = at_once([lambda: posted(support.cookies, url, {})] * 2)
    assert {status for status, _where in answers} <= {200, 302}
    assert (Customer.objects.count(), Account.objects.count(), Subscriber.objects.count()) == (1, 1, 1)
    assert Letter.objects.count() == 1
