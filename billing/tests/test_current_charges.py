"""«Начисления за текущий период» and the preliminary invoice (2.3.5)."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from billing.models import DocumentOrder
from billing.reports import preliminary as preliminary_report
from billing.selectors import current_charges
from billing.services import preliminary, production
from billing.services.orders import OrderError
from notifications.models import Letter
from sipcabinet.lib import files, tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.tests.page_text import source
from subscribers.models import PlanTerms, Subscriber
from subscribers.selectors import charges
from subscribers.tests.closed_months import prices_of_fees
from subscribers.tests.factories import (
    AccountSourceFactory,
    CallFactory,
    NumberFactory,
    PlanTermsFactory,
    TrunkFactory,
)

pytestmark = pytest.mark.django_db
PATH = "/documents/current-charges/"
NOVEMBER = Month(2026, 11)


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-22 10:00")
    prices_of_fees()
    PlanTermsFactory.create()


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    trunk: Subscriber = TrunkFactory.create(account=account, phone="+375447112030", label="Офис")
    CallFactory.create(subscriber=trunk)
    return trunk


@pytest.fixture
def number(trunk: Subscriber) -> Subscriber:
    number: Subscriber = NumberFactory.create(trunk=trunk, phone="+375447112031")
    CallFactory.create(subscriber=number)
    return number


@pytest.fixture
def stranger(other_owner: User) -> Subscriber:
    stranger: Subscriber = TrunkFactory.create(account=other_owner.account, phone="+375447319999")
    return stranger


@pytest.fixture
def browser(owner: User, client_of: Callable[[User], Client]) -> Any:
    return client_of(owner)


def listed(browser: Any, numbers: str, form: str = "form-1") -> Any:
    return browser.post(PATH, {"whose": "list", "numbers": numbers, "token": form})


def whole(browser: Any, form: str = "form-1") -> Any:
    return browser.post(PATH, {"whose": "account", "numbers": "", "token": form})


def pdf_of(letter: Letter) -> str:
    content = files.location(letter.attachments.get().path).read_bytes()
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages)


# --- The sums --------------------------------------------------------------------------------------------------------
def test_the_sums_are_those_of_each_subscriber(account: Account, trunk: Subscriber, number: Subscriber) -> None:
    found = current_charges.counted(account, NOVEMBER)
    each = [charges.of_subscriber(account, one, NOVEMBER) for one in (trunk, number)]
    shown = current_charges.by_subscriber(found, slice(None))
    assert [one.subscriber for one in shown] == [trunk, number]
    for sums, own in zip(shown, each, strict=True):
        assert (sums.net, sums.vat, sum(sums.by_group)) == (own.net, own.vat, own.gross)
    assert found.net == sum(one.net for one in each) == sum(group.net for group in found.groups)
    assert found.gross == sum(line.gross for group in found.groups for line in group.lines)
    calls = next(line for group in found.groups for line in group.lines if line.kind == "calls")
    assert (calls.subscribers, calls.quantity) == (2, 2)


def test_a_list_counts_its_own_alone(
    account: Account, trunk: Subscriber, number: Subscriber, stranger: Subscriber
) -> None:
    found = current_charges.counted(account, NOVEMBER, [number.pk, stranger.pk])
    assert list(found.charges) == [number.pk]
    assert found.gross == charges.of_subscriber(account, number, NOVEMBER).gross


# --- The page --------------------------------------------------------------------------------------------------------
def test_the_page_shows_what_is_charged_so_far(browser: Any, account: Account, trunk: Subscriber) -> None:
    AccountSourceFactory.create(account=account)
    page = source(browser.get(PATH))
    assert "Звонки учтены по 22.11.2026, 10:00" in page
    assert "плата посчитана по 22.11.2026" in page
    found = current_charges.counted(account, NOVEMBER)
    shown = re.sub(r"\s", " ", page)
    assert f"{found.gross}".replace(".", ",") in shown
    assert "+375 44 711-20-30" in page
    assert f"/subscribers/{trunk.pk}/charges/?month=2026-11" in page
    assert account.cabinet_email in page
    assert not DocumentOrder.objects.exists()


def test_nobody_elses_charges_are_there(browser: Any, trunk: Subscriber, stranger: Subscriber) -> None:
    assert "731-99-99" not in source(browser.get(PATH))


def test_many_subscribers_are_shown_by_pages(browser: Any, trunk: Subscriber) -> None:
    for place in range(30):
        NumberFactory.create(trunk=trunk, phone=f"+3754471140{place:02d}")
    first = source(browser.get(PATH))
    assert "onward=25" in first
    assert "711-40-29" not in first
    second = source(browser.get(f"{PATH}?onward=25"))
    assert "711-40-29" in second
    assert "back=0" in second
    assert "+375 44 711-20-30" in source(browser.get(f"{PATH}?onward=x"))


def test_nothing_is_charged_yet(browser: Any) -> None:
    assert "Начислений пока нет" in source(browser.get(PATH))
    assert "Начислений пока нет" in source(whole(browser))
    assert not DocumentOrder.objects.exists()


def test_a_missing_price_is_told_and_nothing_ordered(browser: Any, trunk: Subscriber) -> None:
    PlanTerms.objects.all().delete()
    for page in (browser.get(PATH), whole(browser)):
        assert page.status_code == 200
        assert "Начисления пока не посчитаны" in source(page)
    assert not DocumentOrder.objects.exists()


# --- The whole account -----------------------------------------------------------------------------------------------
def test_the_preliminary_invoice_comes_at_once(
    browser: Any, account: Account, owner: User, trunk: Subscriber, number: Subscriber
) -> None:
    answer = whole(browser)
    order = DocumentOrder.objects.get()
    assert answer.url.endswith("/?placed=1")
    page = source(browser.get(answer.url))
    assert "Предварительный счёт за ноябрь 2026" in page
    assert "все абоненты лицевого счёта" in page
    assert (order.kind, order.ordered_by, order.recipient) == ("preliminary", owner, account.cabinet_email)
    AccountSourceFactory.create(account=account)
    assert production.drain() == 1
    letter = Letter.objects.get()
    assert letter.subject == f"Предварительный счёт за ноябрь 2026: заказ {order.number}"
    assert "не счёт на оплату" in letter.body_text
    assert "/d/" in letter.body_text
    assert letter.attachments.get().file_name == f"Предварительный счёт за ноябрь 2026, {order.number}.pdf"
    said = pdf_of(letter)
    found = current_charges.counted(account, NOVEMBER)
    assert "Предварительный счёт" in said
    assert "Это не счёт на оплату" in said
    assert "Звонки учтены по 22.11.2026, 10:00" in said
    assert "Сформирован: 22.11.2026, 10:00. Звонки учтены по 22.11.2026, 10:00" in letter.body_text
    assert "+375 44 711-20-30" in said
    assert "+375 44 711-20-31" in said
    assert str(found.gross).replace(".", ",") in said
    assert "Счёт №" not in said
    assert AuditEvent.objects.get(action="order.placed").user == owner


def test_the_same_form_twice_is_one_order(browser: Any, trunk: Subscriber) -> None:
    assert whole(browser).url == whole(browser).url
    assert DocumentOrder.objects.count() == 1
    whole(browser, form="form-2")
    assert DocumentOrder.objects.count() == 2


def test_an_answer_is_needed(browser: Any, trunk: Subscriber) -> None:
    page = source(browser.post(PATH, {"whose": "", "token": "form-1"}))
    assert "Отметьте «Лицевой счёт» или «Ввести свой список абонентов»" in page
    assert not DocumentOrder.objects.exists()


# --- A typed list ----------------------------------------------------------------------------------------------------
SPELLINGS = {
    "as it is shown": "+375 44 711-20-30",
    "national": "8 044 711 20 30",
    "without anything": "447112030",
    "twice, by lines and commas": "80447112030, +375447112030\r\n\r\n375447112030;",
}


@pytest.mark.parametrize("typed", SPELLINGS.values(), ids=SPELLINGS)
def test_any_spelling_is_understood(browser: Any, trunk: Subscriber, number: Subscriber, typed: str) -> None:
    assert listed(browser, typed).status_code == 302
    assert DocumentOrder.objects.get().params == {"month": "2026-11", "subscriber_ids": [trunk.pk]}


def test_the_invoice_of_a_list_holds_the_list_alone(browser: Any, trunk: Subscriber, number: Subscriber) -> None:
    answer = listed(browser, "447112031")
    assert "+375 44 711-20-31" in source(browser.get(answer.url))
    production.drain()
    letter = Letter.objects.get()
    assert "по списку, всего 1" in letter.body_text
    said = pdf_of(letter)
    assert "по списку, всего 1" in said
    assert "+375 44 711-20-31" in said
    assert "+375 44 711-20-30" not in said


def test_of_very_many_numbers_the_sums_alone_are_told(
    browser: Any, trunk: Subscriber, number: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preliminary_report, "MOST_NUMBERS", 1)
    whole(browser)
    production.drain()
    said = " ".join(pdf_of(Letter.objects.get()).split())
    assert "Номеров 2: начисления каждого из них смотрите в личном кабинете" in said
    assert "+375 44 711-20-3" not in said


WRONG = {
    "somebody else's": ("447112030, 447319999", "нет: +375 44 731-99-99"),
    "unknown": ("447112030\n+375 17 200-00-00", "нет: +375 17 200-00-00"),
    "no number": ("447112030, приёмная", "нет: приёмная"),
    "two of them": ("приёмная, 447319999, 447112030", "нет: приёмная, +375 44 731-99-99"),
    "nothing": ("", "Введите хотя бы один номер абонента"),
    "commas": (" , \n", "Введите хотя бы один номер абонента"),
    "too many": ("447112030," * 3001, "Слишком много номеров"),
    "markup": ("<b>x</b>", "нет: &lt;b&gt;x&lt;/b&gt;"),
}


@pytest.mark.parametrize(("typed", "words"), WRONG.values(), ids=WRONG)
def test_what_is_not_the_accounts_is_named_and_nothing_ordered(
    browser: Any, trunk: Subscriber, stranger: Subscriber, typed: str, words: str
) -> None:
    page = listed(browser, typed)
    assert page.status_code == 200
    assert words in source(page)
    assert "447112030" in source(page) or "447112030" not in typed  # the typed text stays
    assert not DocumentOrder.objects.exists()


def test_a_number_closed_before_the_month_is_not_in_it(browser: Any, trunk: Subscriber, number: Subscriber) -> None:
    Subscriber.objects.filter(pk=number.pk).update(status="closed", closed_at=NOVEMBER.start)
    assert "нет: +375 44 711-20-31" in source(listed(browser, "447112031"))


def test_the_service_trusts_no_list(account: Account, owner: User, trunk: Subscriber, stranger: Subscriber) -> None:
    for ids in ([], [trunk.pk, stranger.pk], [999_999]):
        with pytest.raises(OrderError, match="абонентов своего лицевого счёта"):
            preliminary.place(account=account, subscriber_ids=ids, by=Actor(owner, token="form-1"))
    assert not DocumentOrder.objects.exists()


def test_a_customers_page_may_order_it(account: Account, owner: User, trunk: Subscriber) -> None:
    with tenancy.portal(account.pk):
        preliminary.place(account=account, subscriber_ids=None, by=Actor(owner, token="form-1"))
    assert DocumentOrder.objects.count() == 1
