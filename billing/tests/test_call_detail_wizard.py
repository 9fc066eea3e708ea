"""«Детализация на E-mail»: period and type → subscribers → an order (2.3.4)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from billing.models import DocumentOrder
from sipcabinet.lib.periods import Month
from sipcabinet.tests.page_text import source
from subscribers.models import Subscriber
from subscribers.tests.factories import NumberFactory, TrunkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
STEP_1, STEP_2 = "/documents/call-detail/", "/documents/call-detail/subscribers/"
Travel = Callable[[str], Any]


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    return TrunkFactory.create(account=account, phone="+375447112030", label="Приёмная")


@pytest.fixture
def client(owner: User, trunk: Subscriber, client_of: Callable[[User], Client]) -> Client:
    return client_of(owner)


def answers(*trunks: Subscriber, **changed: Any) -> dict[str, Any]:
    marked = [str(trunk.pk) for trunk in trunks]
    return {"month": "2026-11", "direction": "out", "token": "t1", "trunks": marked, **changed}


def is_checked(response: Any, value: str) -> bool:
    return re.search(f'<input[^>]*value="{value}"[^>]*\\schecked', source(response)) is not None


# --- Step 1 ----------------------------------------------------------------------------------------------------------
def test_the_first_step_offers_two_months_and_three_types(client: Client) -> None:
    page = source(client.get(STEP_1))
    for offered in ('value="2026-11"', 'value="2026-10"', 'value="out"', 'value="in"', 'value="all"'):
        assert offered in page
    assert "2026-09" not in page
    assert "Далее" in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (86400, "по истечении суток"),
        (7200, "через 2 ч"),
        (1800, "через 30 мин"),
        (90, "через 90 с"),
        (172800, "через 48 ч"),
        (0, "через 0 с"),
    ],
)
def test_the_first_step_says_when_the_report_comes(
    client: Client, settings: LazySettings, seconds: int, words: str
) -> None:
    settings.CALL_DETAIL_DELAY = timedelta(seconds=seconds)
    assert f"вашей организации {words}." in source(client.get(STEP_1))


def test_the_first_step_leads_to_the_second_with_its_answers(client: Client) -> None:
    response = client.post(STEP_1, {"month": "2026-10", "direction": "in"})
    target = urlsplit(response["Location"])
    assert (response.status_code, target.path) == (302, STEP_2)
    query = parse_qs(target.query)
    assert (query["month"], query["direction"]) == (["2026-10"], ["in"])
    assert len(query["token"][0]) >= 32


def test_each_walk_has_a_token_of_its_own(client: Client) -> None:
    tokens = {
        parse_qs(urlsplit(client.post(STEP_1, {"month": "2026-10", "direction": "in"})["Location"]).query)["token"][0]
        for _ in range(3)
    }
    assert len(tokens) == 3


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"direction": "out"}, "Выберите период"),
        ({"month": "2026-11"}, "Выберите тип детализации"),
        ({"month": "2026-09", "direction": "out"}, "Выберите текущий или предыдущий месяц"),
        ({"month": "2026-12", "direction": "out"}, "Выберите текущий или предыдущий месяц"),
        ({"month": "'; --", "direction": "out"}, "Выберите текущий или предыдущий месяц"),
        ({"month": "2026-11", "direction": "both"}, "Выберите тип детализации из списка"),
        ({"month": "2026-11", "direction": "out", "token": "x" * 65}, "64"),
    ],
)
def test_wrong_answers_of_the_first_step_stay_on_it(client: Client, sent: dict[str, str], message: str) -> None:
    response = client.post(STEP_1, sent)
    assert response.status_code == 200
    assert message in source(response)
    assert "Ошибка:" in source(response)
    assert not DocumentOrder.objects.exists()


def test_the_first_step_keeps_what_was_chosen(client: Client) -> None:
    page = client.get(STEP_1, {"month": "2026-10", "direction": "in"})
    assert is_checked(page, "2026-10")
    assert is_checked(page, "in")
    assert not is_checked(page, "all")


def test_months_are_those_of_minsk(
    owner: User, trunk: Subscriber, client_of: Callable[[User], Client], today: Any
) -> None:
    today.move_to(datetime(2026, 11, 30, 21, 30, tzinfo=UTC))  # 00:30 on the 1st of December in Minsk
    page = source(client_of(owner).get(STEP_1))
    assert 'value="2026-12"' in page
    assert 'value="2026-10"' not in page


def test_an_account_without_trunks_is_told_so(owner: User, client_of: Callable[[User], Client]) -> None:
    page = source(client_of(owner).get(STEP_1))
    assert "Детализировать пока нечего" in page
    assert '<form method="post" class="stack"' not in page


# --- Step 2 ----------------------------------------------------------------------------------------------------------
def test_the_second_step_offers_trunks_alone(client: Client, trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk, phone="+375447112031")
    other = TrunkFactory.create(phone="+375447119999")
    response = client.get(STEP_2, answers())
    assert "+375 44 711-20-30" in source(response)
    assert "Приёмная" in source(response)
    assert "Номера с тарифным планом «SIP-номер» отдельно не отмечаются" in source(response)
    offered = {choice.value for choice, _label in response.context["form"].fields["trunks"].choices}
    assert offered == {trunk.pk}
    assert not offered & {number.pk, other.pk}


def test_without_numbers_nothing_is_said_of_them(client: Client) -> None:
    assert "отдельно не отмечаются" not in source(client.get(STEP_2, answers()))


def test_the_only_trunk_is_marked_and_several_are_on_request(
    client: Client, account: Account, trunk: Subscriber
) -> None:
    assert client.get(STEP_2, answers()).context["form"]["trunks"].value() == [str(trunk.pk)]
    second = TrunkFactory.create(account=account)
    assert client.get(STEP_2, answers()).context["form"]["trunks"].value() == []
    page = client.get(STEP_2, answers())
    everything = client.get(STEP_2 + page.context["all_url"].removeprefix(STEP_2))
    assert set(everything.context["form"]["trunks"].value()) == {str(trunk.pk), str(second.pk)}
    assert everything.context["form"]["token"].value() == "t1"


def test_trunks_are_those_of_the_chosen_month(client: Client, account: Account, trunk: Subscriber) -> None:
    october = datetime(2026, 10, 15, tzinfo=UTC)
    closed = TrunkFactory.create(account=account, status="closed", closed_at=october)
    TrunkFactory.create(account=account, status="closed", closed_at=Month(2026, 10).start)
    fresh = TrunkFactory.create(account=account, connected_at=datetime(2026, 11, 5, tzinfo=UTC))

    def offered(month: str) -> set[int]:
        form = client.get(STEP_2, answers(month=month)).context["form"]
        return {choice.value for choice, _label in form.fields["trunks"].choices}

    assert offered("2026-10") == {trunk.pk, closed.pk}
    assert offered("2026-11") == {trunk.pk, fresh.pk}
    assert "отключён 15.10.2026" in source(client.get(STEP_2, answers(month="2026-10")))


def test_a_month_without_trunks_has_a_way_back_alone(client: Client, trunk: Subscriber) -> None:
    Subscriber.objects.filter(pk=trunk.pk).update(connected_at=datetime(2026, 11, 5, tzinfo=UTC))
    page = source(client.get(STEP_2, answers(month="2026-10")))
    assert "В этом месяце таких абонентов не было" in page
    assert "Сформировать детализацию" not in page


@pytest.mark.parametrize("changed", [{"month": "2026-01"}, {"month": ""}, {"direction": "x"}, {"month": "\x07"}])
def test_the_second_step_sends_bad_answers_of_the_first_back_to_it(
    client: Client, trunk: Subscriber, changed: dict[str, str]
) -> None:
    for response in (client.get(STEP_2, answers(**changed)), client.post(STEP_2, answers(trunk, **changed))):
        assert response.status_code == 302
        assert response["Location"].startswith(STEP_1)
        assert "Ошибка:" in source(client.get(response["Location"]))
    assert not DocumentOrder.objects.exists()


def test_back_keeps_what_was_marked(client: Client, account: Account, trunk: Subscriber) -> None:
    second, _third = TrunkFactory.create(account=account), TrunkFactory.create(account=account)
    back = client.post(STEP_2, answers(trunk, second, back="1", month="2026-10"))
    assert back["Location"].startswith(STEP_1)
    form = client.get(back["Location"]).context["form"]
    assert (form["month"].value(), form["direction"].value(), form["token"].value()) == ("2026-10", "out", "t1")
    kept = {name: form[name].value() for name in ("month", "direction", "token", "trunks")}
    again = client.get(client.post(STEP_1, kept)["Location"])
    assert set(again.context["form"]["trunks"].value()) == {str(trunk.pk), str(second.pk)}
    assert again.context["form"]["token"].value() == "t1"
    assert not DocumentOrder.objects.exists()


# --- The order -------------------------------------------------------------------------------------------------------
def test_an_order_is_placed(client: Client, account: Account, owner: User, trunk: Subscriber) -> None:
    response = client.post(STEP_2, answers(trunk), REMOTE_ADDR="203.0.113.7")
    order = DocumentOrder.objects.get()
    assert response["Location"] == reverse("billing:order", args=[order.number]) + "?placed=1"
    assert order.number.startswith("З-2026-")
    assert len(order.number) == len("З-2026-000123")
    assert (order.account, order.ordered_by, order.recipient) == (account, owner, account.cabinet_email)
    assert order.params == {"month": "2026-11", "direction": "out", "trunk_ids": [trunk.pk]}
    assert order.title == "Детализация на E-mail: ноябрь 2026, исходящие"
    assert order.due_at - order.created_at == timedelta(days=1)
    event = AuditEvent.objects.get(action="order.placed")
    assert (event.account, event.user, event.address) == (account, owner, "203.0.113.7")
    assert order.number in event.summary


def test_the_delay_is_a_setting(client: Client, trunk: Subscriber, settings: LazySettings) -> None:
    settings.CALL_DETAIL_DELAY = timedelta(seconds=90)
    client.post(STEP_2, answers(trunk))
    order = DocumentOrder.objects.get()
    assert order.due_at - order.created_at == timedelta(seconds=90)


def test_the_last_page_says_what_happens_next(client: Client, account: Account, trunk: Subscriber) -> None:
    page = source(client.get(client.post(STEP_2, answers(trunk))["Location"]))
    assert "Заказ принят" in page
    assert DocumentOrder.objects.get().number in page
    assert "23.11.2026, 10:00" in page
    assert account.cabinet_email in page
    assert "пройден" in page  # the wizard's bar


def test_an_order_sends_the_hint_to_workers_after_the_commit(
    client: Client, trunk: Subscriber, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr("sipcabinet.lib.durable._send_hint", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(STEP_2, answers(trunk))
        assert sent == []
    assert sent == ["billing.drain_orders"]


@pytest.mark.parametrize("direction", ["out", "in", "all"])
@pytest.mark.parametrize("month", ["2026-11", "2026-10"])
def test_every_offer_can_be_ordered(client: Client, trunk: Subscriber, month: str, direction: str) -> None:
    client.post(STEP_2, answers(trunk, month=month, direction=direction))
    params = DocumentOrder.objects.get().params
    assert (params["month"], params["direction"]) == (month, direction)


def test_the_same_form_sent_twice_makes_one_order(client: Client, trunk: Subscriber) -> None:
    first, second = (client.post(STEP_2, answers(trunk)) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert DocumentOrder.objects.count() == 1
    assert AuditEvent.objects.filter(action="order.placed").count() == 1


def test_another_walk_or_other_terms_make_another_order(client: Client, account: Account, trunk: Subscriber) -> None:
    second = TrunkFactory.create(account=account)
    client.post(STEP_2, answers(trunk))
    client.post(STEP_2, answers(trunk, token="t2"))
    client.post(STEP_2, answers(trunk, second))
    client.post(STEP_2, answers(trunk, direction="in"))
    assert DocumentOrder.objects.count() == 4
    assert len(set(DocumentOrder.objects.values_list("number", flat=True))) == 4


def test_another_accounts_token_is_no_obstacle(
    client: Client, trunk: Subscriber, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    client.post(STEP_2, answers(trunk))
    theirs = TrunkFactory.create(account=other_owner.account)
    client_of(other_owner).post(STEP_2, answers(theirs))
    assert set(DocumentOrder.objects.values_list("account", flat=True)) == {trunk.account_id, theirs.account_id}


@pytest.mark.parametrize("mark", ["foreign", "number", "not there", "words", "huge", "negative", "nothing"])
def test_only_trunks_of_the_account_can_be_marked(client: Client, trunk: Subscriber, mark: str) -> None:
    marks = {
        "foreign": [str(trunk.pk), str(TrunkFactory.create().pk)],
        "number": [str(NumberFactory.create(trunk=trunk).pk)],
        "not there": ["987654"],
        "words": ["все"],
        "huge": ["9" * 30],
        "negative": ["-1"],
        "nothing": [],
    }
    response = client.post(STEP_2, answers(trunks=marks[mark]))
    assert response.status_code == 200
    expected = "Отметьте хотя бы одного абонента" if mark == "nothing" else "Отметьте абонентов из списка"
    assert source(response).count(expected) == 2  # in the summary and at the field
    assert not DocumentOrder.objects.exists()
    assert not AuditEvent.objects.filter(action="order.placed").exists()


def test_marks_with_a_nul_byte_are_refused(client: Client, trunk: Subscriber) -> None:
    response = client.post(STEP_2, answers(trunks=["1\x07"]))
    assert response.context["form"].errors["trunks"]
    assert not DocumentOrder.objects.exists()


def test_what_was_marked_stays_beside_the_error(client: Client, account: Account, trunk: Subscriber) -> None:
    TrunkFactory.create(account=account)
    response = client.post(STEP_2, answers(trunk, trunks=[str(trunk.pk), str(TrunkFactory.create().pk)]))
    assert is_checked(response, str(trunk.pk))
    assert response.context["form"]["token"].value() == "t1"


def test_extra_fields_are_ignored(client: Client, account: Account, trunk: Subscriber) -> None:
    extra = {"account": "1", "recipient": "x@example.org", "due_at": "2020-01-01", "number": "З-1", "kind": "invoice"}
    client.post(STEP_2, answers(trunk, **extra))
    order = DocumentOrder.objects.get()
    assert (order.recipient, order.account) == (account.cabinet_email, account)
    assert order.number != "З-1"
    assert order.kind == "call_detail"


def test_reading_the_wizard_writes_nothing(client: Client, trunk: Subscriber) -> None:
    client.get(STEP_1)
    client.get(STEP_2, answers(trunk))
    assert not DocumentOrder.objects.exists()
    assert not AuditEvent.objects.filter(action="order.placed").exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("path", [STEP_1, STEP_2])
def test_other_methods_are_refused(client: Client, path: str, method: str) -> None:
    assert getattr(client, method)(path).status_code == 405


def test_staff_have_no_wizard(staff: User, client_of: Callable[[User], Client]) -> None:
    assert client_of(staff).get(STEP_1).status_code == 403
