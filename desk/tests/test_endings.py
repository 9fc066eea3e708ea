"""Numbers and accounts that end, are suspended or opened again, today or on a coming day (4.11)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, Look, User
from accounts.tests.factories import UserFactory
from billing.models import Invoice
from billing.tests.debtors import owes
from desk.models import PlannedChange, PlannedKind
from desk.services import planned_changes
from desk.tests.cast import clerk
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import midnight
from sipcabinet.tests.at_once import at_once, posted
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import NumberHold, PlanTerms, StaffRestriction, Subscriber
from subscribers.services import numbers
from subscribers.tests.factories import (
    CallFactory,
    NumberFactory,
    PlanTermsFactory,
    TariffPlanFactory,
    TrunkFactory,
    VatRateFactory,
)

pytestmark = pytest.mark.django_db
RIGHTS = ("accounts.view_customer", "subscribers.change_subscriber", "subscribers.view_subscriber")
WHY = "заявление № 7"


@pytest.fixture
def support(db: None) -> Client:
    return signed_in(clerk(*RIGHTS))


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    UserFactory.create(account=account, phone="+375447112099")
    return TrunkFactory.create(account=account, phone="+375447112099")


def day(days: int) -> str:
    return f"{clock.today() + timedelta(days=days):%d.%m.%Y}"


def url(page: str, account: Account, *more: Any) -> str:
    return reverse(f"admin:desk_customer_{page}", args=[account.customer_id, *(more or [account.pk])])


def sent(client: Client, where: str, **told: Any) -> str:
    return words(client.post(where, {"token": "one", **told}, follow=True))


def status(subscriber: Subscriber) -> str:
    return Subscriber.objects.get(pk=subscriber.pk).status


def due(days: int) -> int:
    """Carries out what is planned, as a worker would some days later."""
    with clock.at(midnight(clock.today() + timedelta(days=days)) + timedelta(minutes=1)):
        return planned_changes.drain()


# --- A number --------------------------------------------------------------------------------------------------------
def test_a_trunk_is_disconnected_with_its_numbers(support: Client, trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk)
    where = url("disconnect", trunk.account, trunk.pk)
    assert "Вместе с SIP-соединением отключатся его номера: 1" in words(support.get(where))
    assert "Отключено: 2 номера" in sent(support, where, on=day(0), reason=WHY)
    assert (status(trunk), status(number)) == ("closed", "closed")
    assert set(NumberHold.objects.values_list("kind", "text")) == {("quarantine", WHY)}
    assert not User.objects.get(phone=trunk.phone).is_active
    assert AuditEvent.objects.filter(action="number.closed", account=trunk.account).count() == 2


def test_a_number_is_ported_out(support: Client, trunk: Subscriber) -> None:
    sent(support, url("disconnect", trunk.account, trunk.pk), on=day(0), reason=WHY, ported_out="on")
    assert NumberHold.objects.get().kind == "ported_out"
    assert AuditEvent.objects.get(action="number.ported_out").details["reason"] == WHY


def test_a_coming_day_is_planned_and_carried_out_on_it(support: Client, trunk: Subscriber) -> None:
    where = url("disconnect", trunk.account, trunk.pk)
    assert "Запланировано" in sent(support, where, on=day(3), reason=WHY, ported_out="on")
    change = PlannedChange.objects.get()
    assert (change.kind, change.due_at) == (PlannedKind.PORT_OUT, midnight(clock.today() + timedelta(days=3)))
    assert "Перенос номера" in words(support.get(reverse("admin:desk_customer", args=[trunk.account.customer_id])))
    assert due(2) == 0
    assert due(3) == 1
    trunk.refresh_from_db()
    assert (trunk.status, trunk.closed_at) == ("closed", change.due_at)
    assert AuditEvent.objects.get(action="number.ported_out").user == change.made_by
    assert due(4) == 0


def test_calls_of_the_day_move_the_end_behind_them(support: Client, trunk: Subscriber) -> None:
    sent(support, url("disconnect", trunk.account, trunk.pk), on=day(1), reason=WHY)
    CallFactory.create(subscriber=trunk, started_at=midnight(clock.today() + timedelta(days=1)))
    assert due(1) == 1
    assert status(trunk) == "closed"


def test_what_the_rules_refuse_on_the_day_waits_for_staff(support: Client, trunk: Subscriber) -> None:
    sent(support, url("disconnect", trunk.account, trunk.pk), on=day(1), reason=WHY)
    numbers.close(subscriber=trunk)
    due(1)
    change = PlannedChange.objects.get()
    assert (change.state, change.last_error) == (JobState.PARKED, "Номер уже отключён")
    reader = signed_in(clerk("desk.view_plannedchange"))
    assert "не выполнено" in words(reader.get(reverse("admin:desk_planned")))
    sent(support, url("planned_cancel", trunk.account, change.pk), reason="сделано раньше")
    assert "Ничего не запланировано" in words(reader.get(reverse("admin:desk_planned")))


def test_a_planned_change_is_cancelled_with_a_reason(support: Client, trunk: Subscriber) -> None:
    sent(support, url("disconnect", trunk.account, trunk.pk), on=day(3), reason=WHY)
    change = PlannedChange.objects.get()
    where = url("planned_cancel", trunk.account, change.pk)
    assert "Укажите основание" in sent(support, where)
    sent(support, where, reason="клиент передумал")
    assert due(3) == 0
    assert status(trunk) == "active"
    assert "уже выполнено или отменено" in words(support.get(where))
    assert AuditEvent.objects.get(action="number.cancelled").details["reason"] == "клиент передумал"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"reason": " "}, "Укажите основание"),
        ({"on": ""}, "Введите день"),
        ({"on": "31.12.2099"}, "не дальше года"),
        ({"on": "01.01.2020"}, "раньше подключения"),
    ],
)
def test_a_wrong_form_is_told_and_ends_nothing(
    wrong: dict[str, str], told: str, support: Client, trunk: Subscriber
) -> None:
    form = {"on": day(0), "reason": WHY} | wrong
    assert told in sent(support, url("disconnect", trunk.account, trunk.pk), **form)
    assert status(trunk) == "active"
    assert not PlannedChange.objects.exists()


def test_the_same_is_planned_once(support: Client, trunk: Subscriber) -> None:
    where = url("disconnect", trunk.account, trunk.pk)
    for token in ("one", "one", "two"):
        page = sent(support, where, on=day(3), reason=WHY, token=token)
    assert "Это уже запланировано" in page
    assert PlannedChange.objects.count() == 1


def test_a_plan_changes_today_or_on_a_coming_day(support: Client, trunk: Subscriber) -> None:
    large = PlanTermsFactory.create(plan=TariffPlanFactory.create(code="large", name="Большой")).plan
    where = url("plan", trunk.account, trunk.pk)
    assert "Включённые минуты месяца" in words(support.get(where))
    form = {"plan": large.pk, "reason": WHY}
    assert "сегодняшнего дня" in sent(support, where, on="01.11.2020", **form)
    assert "Запланировано" in sent(support, where, on=day(3), **form)
    assert due(3) == 1
    trunk.refresh_from_db()
    assert (trunk.plan, trunk.plan_since) == (large, midnight(clock.today() + timedelta(days=3)))


def test_a_plan_changes_at_once(support: Client, trunk: Subscriber) -> None:
    large = PlanTermsFactory.create(plan=TariffPlanFactory.create(code="large", name="Большой")).plan
    form = {"plan": large.pk, "reason": WHY, "on": day(0)}
    assert "Тарифный план сменён" in sent(support, url("plan", trunk.account, trunk.pk), **form)
    assert "Выберите тарифный план" in sent(support, url("plan", trunk.account, trunk.pk), reason=WHY, on=day(0))


# --- An account ------------------------------------------------------------------------------------------------------
def test_an_account_closes_and_the_last_invoice_is_shown_before(support: Client, account: Account) -> None:
    VatRateFactory.create()
    plan = PlanTermsFactory.create(plan=TariffPlanFactory.create()).plan
    first_day = midnight(clock.today().replace(day=1))
    trunk = TrunkFactory.create(account=account, plan=plan, connected_at=first_day)
    owes(account, month="2026-08")
    page = words(support.get(url("close", account)))
    assert "Последний счёт" in page
    assert "Абонентская плата" in page
    assert "Останется доплатить" in page
    draft = f"{url('close', account)}{clock.today():%Y-%m}/"
    assert draft in text(support.get(url("close", account)))
    answer = support.get(draft)
    assert b"".join(answer.streaming_content if answer.streaming else [answer.content]).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert Look.objects.get(kind="file").account == account
    assert (
        Invoice.objects.filter(month=first_day.date()).count(),
        support.get(draft[:-8] + "2020-01/").status_code,
    ) == (0, 404)
    assert "Лицевой счёт" in sent(support, url("close", account), on=day(0), reason=WHY)
    account.refresh_from_db()
    assert (account.status, status(trunk)) == ("closed", "closed")
    assert AuditEvent.objects.get(action="account.closed").details["reason"] == WHY
    assert "Лицевой счёт уже закрыт" in words(support.get(url("close", account)))


def test_a_closed_account_is_opened_again_and_gets_its_number_back(support: Client, trunk: Subscriber) -> None:
    account = trunk.account
    sent(support, url("close", account), on=day(0), reason=WHY)
    assert "Подключите ему номера" in sent(support, url("reopen", account), reason="вернулся")
    account.refresh_from_db()
    assert (account.status, account.closed_on) == ("active", None)
    again = numbers.open_trunk(account=account, phone=trunk.phone, plan=trunk.plan)
    assert status(again) == "active"
    assert User.objects.get(phone=trunk.phone).is_active
    assert "Лицевой счёт не закрыт" in sent(support, url("reopen", account), reason="ещё раз")


def test_the_close_of_an_account_is_planned(support: Client, trunk: Subscriber) -> None:
    sent(support, url("close", trunk.account), on=day(5), reason=WHY)
    assert due(5) == 1
    account = Account.objects.get(pk=trunk.account_id)
    assert (account.status, account.closed_on) == ("closed", clock.today() + timedelta(days=5))


# --- Suspended at the customer's request -----------------------------------------------------------------------------
def test_an_account_is_suspended_from_one_day_to_another(support: Client, trunk: Subscriber) -> None:
    sent(support, url("suspend", trunk.account), paper="№ 12", since=day(2), until=day(9))
    assert status(trunk) == "active"
    due(2)
    assert status(trunk) == "restricted"
    restriction = StaffRestriction.objects.get()
    assert ("по заявлению клиента: № 12" in restriction.reason, restriction.at_request) == (True, True)
    due(9)
    assert status(trunk) == "active"


def test_a_suspension_from_today_begins_at_once(support: Client, trunk: Subscriber) -> None:
    sent(support, url("suspend", trunk.account), paper="№ 12", since=day(0), until=day(9))
    assert status(trunk) == "restricted"
    assert PlannedChange.objects.get().kind == PlannedKind.RESUME


def test_the_page_says_what_is_charged_meanwhile(support: Client, trunk: Subscriber) -> None:
    address = url("suspend", trunk.account)
    terms = PlanTermsFactory.create(plan=trunk.plan)
    assert "начисляются по тарифному плану, как обычно" in text(support.get(address))
    PlanTerms.objects.filter(pk=terms.pk).update(suspended_fee_percent=30)
    assert f"{trunk.plan} — 30 %" in text(support.get(address)).replace("\u00a0", " ")


def test_the_end_of_a_suspension_lifts_no_other_restriction(support: Client, trunk: Subscriber) -> None:
    sent(support, url("suspend", trunk.account), paper="№ 12", since=day(0), until=day(9))
    StaffRestriction.objects.update(reason="утеря")
    due(9)
    assert status(trunk) == "restricted"
    assert PlannedChange.objects.get().state == JobState.DONE


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"paper": ""}, "Укажите номер и дату"),
        ({"since": "01.01.2020"}, "с сегодняшнего дня"),
        ({"until": "01.01.2020"}, "должен быть позже"),
        ({"until": "31.12.2099"}, "не дальше года"),
    ],
)
def test_a_wrong_suspension_is_told(wrong: dict[str, str], told: str, support: Client, trunk: Subscriber) -> None:
    form = {"paper": "№ 12", "since": day(0), "until": day(9)} | wrong
    assert told in sent(support, url("suspend", trunk.account), **form)
    assert status(trunk) == "active"
    assert not PlannedChange.objects.exists()


# --- Who may ---------------------------------------------------------------------------------------------------------
def test_others_may_not(trunk: Subscriber, owner: User) -> None:
    account = trunk.account
    reader = signed_in(clerk("accounts.view_customer", "subscribers.view_subscriber"))
    pages = [url(page, account) for page in ("close", "reopen", "suspend")]
    for where in [*pages, url("disconnect", account, trunk.pk), url("plan", account, trunk.pk)]:
        assert reader.get(where).status_code == 403
        assert reader.post(where, {"on": day(0), "reason": WHY}).status_code == 403
        assert signed_in(owner).post(where, {"on": day(0), "reason": WHY}).status_code in {302, 403}
    assert status(trunk) == "active"


def test_a_number_of_another_customer_is_not_found(support: Client, trunk: Subscriber) -> None:
    other = TrunkFactory.create()
    assert support.get(url("disconnect", trunk.account, other.pk)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_at_once_one_closes_and_the_other_is_told(support: Client, trunk: Subscriber) -> None:
    other, where = signed_in(clerk(*RIGHTS)), url("close", trunk.account)
    form = {"on": day(0), "reason": WHY}
    answers = at_once([lambda c=c: posted(c.cookies, where, form) for c in (support, other)])  # type: ignore[misc]
    assert sorted(code for code, _where in answers) == [200, 302]
    assert AuditEvent.objects.filter(action="account.closed").count() == 1
