"""«Акты сверки» at the desk and in the cabinet: review before sending, progress, who has not confirmed (4.15)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import AccountFactory
from billing.models import ReconciliationAct, ReconciliationRun
from billing.selectors.acts import Quarter
from billing.services import ledger
from billing.tests.acts import sent_act
from desk.tests.customers import clerk
from desk.tests.papers import stored_in
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
URL = "/admin/acts/"
VIEW, SEND, CONFIRM = (f"billing.{action}_reconciliationact" for action in ("view", "add", "change"))
THIRD = Quarter(2026, 3)


@pytest.fixture(autouse=True)
def november(at: Callable[[str], Any], tmp_path: Path, settings: LazySettings) -> None:
    at("2026-11-22 10:00")
    stored_in(settings, tmp_path)


def owing() -> Account:
    account: Account = AccountFactory.create()
    ledger.open_balance(account=account, amount=Decimal("-70.00"), booked_on=date(2026, 5, 1), title="Сальдо")
    return account


def form(**changed: str) -> dict[str, str]:
    return {"quarter": "2026-3", "accounts": "", "despite_statements": "on", "token": "t"} | changed


def test_the_first_click_shows_whom_and_the_second_sends() -> None:
    owing()
    sent_act(owing(), THIRD)
    person = clerk(VIEW, SEND)
    client = signed_in(person)
    assert "Их получат лицевые счета" not in words(client.get(URL))
    page = words(client.post(f"{URL}send/", form()))
    assert "Получат акт 1" in page
    assert "второго не получат 1" in page
    assert "Выписки неполны" in page
    assert ReconciliationRun.objects.filter(state=JobState.WAITING).count() == 0
    answer = client.post(f"{URL}send/", form(go="1"))
    assert answer.headers["Location"] == f"{URL}?quarter=2026-3"
    run = ReconciliationRun.objects.get(state=JobState.WAITING)
    assert (run.started_by, run.acts.count()) == (person, 1)
    assert "Отправка идёт" in words(client.get(f"{URL}?quarter=2026-3"))
    assert "Новых актов нет" in text(client.post(f"{URL}send/", form(go="1")))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"accounts": "1 2 3 4 5 6"}, "Нет таких лицевых счетов: 1, 2, 3, 4, 5…"),
        ({"quarter": "2026-4"}, "Выберите квартал из списка"),
        ({"quarter": ""}, "Обязательное поле"),
        ({"accounts": " ".join(map(str, range(5001)))}, "больше 5000 лицевых счетов"),
        ({"despite_statements": ""}, "в актах может не быть платежей"),
    ],
)
def test_wrong_input_sends_nothing_and_is_kept(changed: dict[str, str], message: str) -> None:
    owing()
    page = text(signed_in(clerk(SEND)).post(f"{URL}send/", form(go="1", **changed)))
    assert message in page
    assert changed.get("accounts", "") in page
    assert not ReconciliationRun.objects.exists()


def test_who_has_not_confirmed_is_a_list_and_a_confirmation_takes_one_off() -> None:
    act, other = sent_act(owing(), THIRD), sent_act(owing(), THIRD)
    person = clerk(VIEW, CONFIRM)
    client = signed_in(person)
    unconfirmed = f"{URL}?quarter=2026-3&state=unconfirmed"
    page = text(client.get(unconfirmed))
    assert act.account.number in page
    assert other.account.number in page
    confirm = reverse("admin:desk_act_confirm", args=[act.pk])
    assert "Внести подтверждение" in text(client.get(confirm))
    told = {"on": "12.11.2026", "how": "подписанный экземпляр", "token": "t"}
    assert client.post(confirm, told).headers["Location"] == unconfirmed
    page = text(client.get(unconfirmed))
    assert f"л/с {act.account.number}" not in page
    assert f"л/с {other.account.number}" in page
    confirmed = words(client.get(f"{URL}?state=confirmed&text={act.account.number}"))
    assert "подтверждён 12.11.2026 подписанный экземпляр" in confirmed
    assert "уже внесено" in text(client.post(confirm, told))
    act.refresh_from_db()
    assert act.confirmed_by == person


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"on": "23.11.2026", "how": "письмо"}, "Укажите день с 01.10.2026 по 22.11.2026"),
        ({"on": "x", "how": "письмо"}, "Введите дату в виде"),
        ({"on": "12.11.2026", "how": ""}, "Укажите, чем подтверждён акт"),
    ],
)
def test_a_wrong_confirmation_writes_nothing_and_is_kept(told: dict[str, str], message: str) -> None:
    act = sent_act(owing(), THIRD)
    page = text(signed_in(clerk(CONFIRM)).post(reverse("admin:desk_act_confirm", args=[act.pk]), told | {"token": "t"}))
    assert message in page
    assert f'value="{told["on"]}"' in page
    assert not ReconciliationAct.objects.filter(confirmed_on__isnull=False).exists()


def test_the_file_is_read_with_an_entry_in_the_journal() -> None:
    act = sent_act(owing(), THIRD)
    person = clerk(VIEW)
    response: Any = signed_in(person).get(reverse("admin:desk_act_file", args=[act.pk]))
    assert b"".join(response.streaming_content) == b"%PDF-1.7"
    event = AuditEvent.objects.get(action="act.read")
    assert (event.account, event.user) == (act.account, person)


def test_parked_work_is_started_again() -> None:
    act = sent_act(owing(), THIRD)
    ReconciliationRun.objects.update(state=JobState.PARKED)
    client = signed_in(clerk(VIEW, SEND))
    assert "Отправка стоит с ошибкой" in words(client.get(f"{URL}?quarter=2026-3"))
    assert client.get(f"{URL}retry/").status_code == 302
    assert client.post(f"{URL}retry/", {"quarter": "2026-3"}).status_code == 302
    act.run.refresh_from_db()
    assert act.run.state == JobState.WAITING


def test_without_the_rights_nothing_is_seen_sent_or_confirmed() -> None:
    act = sent_act(owing(), THIRD)
    confirm, file = (reverse(f"admin:desk_act_{page}", args=[act.pk]) for page in ("confirm", "file"))
    nobody = signed_in(clerk("billing.view_invoice", "billing.view_ledgerentry"))
    assert [nobody.get(page).status_code for page in (URL, f"{URL}send/", confirm, file)] == [403] * 4
    reader = signed_in(clerk(VIEW))
    told = {"on": "12.11.2026", "how": "письмо", "token": "t"}
    answers = [
        reader.post(f"{URL}send/", form(go="1")),
        reader.post(confirm, told),
        reader.post(f"{URL}retry/", form()),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert not ReconciliationAct.objects.filter(confirmed_on__isnull=False).exists()
    assert ReconciliationRun.objects.count() == 1
    assert "Внести…" not in text(reader.get(URL))


# --- The customer ----------------------------------------------------------------------------------------------------
def test_the_customer_has_his_acts_and_nobody_else_s(owner: User) -> None:
    assert owner.account is not None
    owner_client = signed_in(owner)
    act, strange = sent_act(owner.account, THIRD), sent_act(owing(), THIRD)
    page = words(owner_client.get(reverse("billing:reconciliation")))
    assert "01.07.2026 – 30.09.2026" in page
    assert "ждём подписанный акт" in page
    response: Any = owner_client.get(reverse("billing:reconciliation_act", args=[act.pk]))
    assert b"".join(response.streaming_content) == b"%PDF-1.7"
    assert owner_client.get(reverse("billing:reconciliation_act", args=[strange.pk])).status_code == 404
    ReconciliationAct.objects.filter(pk=act.pk).update(confirmed_on=date(2026, 11, 12))
    assert "подтверждён 12.11.2026" in words(owner_client.get(reverse("billing:reconciliation")))
