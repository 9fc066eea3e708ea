"""«Заказать счёт на E-mail» and «Загрузить счёт по ссылке» (2.3.1, 2.3.2)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, AuditEvent, User
from billing.models import Document, DocumentOrder, Invoice, IssuedFile
from billing.services import production
from billing.tests.money import invoice_of
from notifications.models import Letter
from sipcabinet.lib import files
from sipcabinet.tests.page_text import source
from sipcabinet.tests.stored import sha256_of
from subscribers.tests.factories import TrunkFactory

pytestmark = pytest.mark.django_db
BY_EMAIL, BY_LINK = "/documents/invoice-by-email/", "/documents/invoice-by-link/"
Travel = Callable[[str], Any]


@pytest.fixture
def clock(at: Travel) -> Any:
    return at("2026-12-03 10:00")


@pytest.fixture
def invoice(clock: Any, account: Account) -> Invoice:
    """October's invoice; November's is not issued yet."""
    return invoice_of(account, "2026-10", subscriber=TrunkFactory.create(account=account))


@pytest.fixture
def browser(clock: Any, owner: User, client_of: Callable[[User], Client]) -> Any:
    return client_of(owner)


def ordered(browser: Any, month: str = "2026-10", form: str = "form-1") -> Any:
    return browser.post(BY_EMAIL, {"month": month, "token": form})


# --- The two months --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [BY_EMAIL, BY_LINK])
def test_two_previous_months_are_offered(browser: Any, invoice: Invoice, path: str) -> None:
    page = source(browser.get(path))
    assert re.findall(r'value="(20\d\d-\d\d)"', page) == ["2026-11", "2026-10"]
    assert "Счёт ещё не выставлен, ожидается 10.12.2026" in page
    assert f"счёт № {invoice.number} от 10.11.2026" in page
    assert re.search(r'value="2026-11"[^>]*disabled', page)
    assert not re.search(r'value="2026-10"[^>]*disabled', page)


def test_a_day_that_has_passed_is_not_expected_any_more(browser: Any, clock: Any) -> None:
    clock.shift(timedelta(days=17))
    page = source(browser_again(browser, BY_EMAIL))
    assert "Счёт за этот месяц не выставлен" in page
    assert "ожидается" not in page


REFUSED = {
    "not issued yet": ("2026-11", "Счёт ещё не выставлен, ожидается 10.12.2026"),
    "too old": ("2026-09", "Выберите один из двух предыдущих месяцев"),
    "the current one": ("2026-12", "Выберите один из двух предыдущих месяцев"),
    "no month": ("", "Выберите месяц"),
    "nonsense": ("x' OR 1=1", "Выберите один из двух предыдущих месяцев"),
}


@pytest.mark.parametrize("path", [BY_EMAIL, BY_LINK])
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_other_months_are_refused(browser: Any, invoice: Invoice, path: str, case: tuple[str, str]) -> None:
    month, words = case
    invoice_of(invoice.account, "2026-09")
    page = browser.post(path, {"month": month, "token": "form-1"})
    assert page.status_code == 200
    assert words in source(page)
    assert not DocumentOrder.objects.exists()
    assert not AuditEvent.objects.filter(action__in=["link.made", "order.placed"]).exists()


# --- On E-mail -------------------------------------------------------------------------------------------------------
def test_the_invoice_comes_at_once_to_the_registered_address(
    browser: Any, account: Account, owner: User, invoice: Invoice
) -> None:
    answer = ordered(browser)
    order = DocumentOrder.objects.get()
    assert answer.url.endswith("/?placed=1")
    page = source(browser.get(answer.url))
    assert "Заказ принят" in page
    assert f"Счёт № {invoice.number} от 10.11.2026" in page
    assert "в течение нескольких минут" in page
    assert "Период" in page
    assert (order.kind, order.ordered_by, order.recipient) == ("invoice", owner, account.cabinet_email)
    assert production.drain() == 1
    letter = Letter.objects.get()
    assert letter.recipient == account.cabinet_email
    assert letter.subject == f"Счёт № {invoice.number} за октябрь 2026: заказ {order.number}"
    assert "оплатить до 25.11.2026" in letter.body_text
    assert "/d/" in letter.body_text
    attachment = letter.attachments.get()
    assert attachment.file_name == f"Счёт № {invoice.number} за октябрь 2026.pdf"
    issued = IssuedFile.objects.get()
    assert attachment.sha256 == issued.sha256 == sha256_of(attachment.path)
    assert files.location(attachment.path).read_bytes().startswith(b"%PDF-")
    file = browser.get(f"/orders/{order.number}/file/")
    assert b"".join(file.streaming_content).startswith(b"%PDF-")
    event = AuditEvent.objects.get(action="order.placed")
    assert (event.account, event.user, event.details["number"]) == (account, owner, invoice.number)


def test_the_same_form_twice_is_one_order(browser: Any, invoice: Invoice) -> None:
    assert ordered(browser).url == ordered(browser).url
    production.drain()
    ordered(browser)
    assert DocumentOrder.objects.count() == 1
    ordered(browser, form="form-2")
    assert DocumentOrder.objects.count() == 2


def test_each_look_at_the_form_is_a_form_of_its_own(browser: Any, invoice: Invoice) -> None:
    tokens = [re.findall(r'name="token" value="([0-9a-f]{32})"', source(browser.get(BY_EMAIL))) for _ in range(2)]
    assert [len(found) for found in tokens] == [1, 1]
    assert tokens[0] != tokens[1]


def test_any_issued_invoice_from_the_list_once_while_it_is_under_way(
    browser: Any, account: Account, invoice: Invoice
) -> None:
    old = invoice_of(account, "2026-01", subscriber=TrunkFactory.create(account=account))
    path = f"/invoices/{old.number}/email/"
    assert browser.post(path).url == browser.post(path).url
    assert DocumentOrder.objects.count() == 1
    browser.post(f"/invoices/{invoice.number}/email/")
    assert DocumentOrder.objects.count() == 2
    production.drain()
    browser.post(path)
    assert DocumentOrder.objects.count() == 3


def test_another_accounts_invoice_is_as_good_as_missing(
    invoice: Invoice, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    other = client_of(other_owner)
    assert other.post(f"/invoices/{invoice.number}/email/").status_code == 404
    assert other.get(f"{BY_LINK}{invoice.number}/").status_code == 404
    assert "не выставлен" in source(other.post(BY_EMAIL, {"month": "2026-10"}))
    assert not DocumentOrder.objects.exists()


def test_reading_writes_nothing(browser: Any, invoice: Invoice) -> None:
    for path in (BY_EMAIL, BY_LINK, f"{BY_LINK}{invoice.number}/", f"{BY_EMAIL}?month=2026-10"):
        assert browser.get(path).status_code == 200
    assert browser.get(f"/invoices/{invoice.number}/email/").status_code == 405
    assert not DocumentOrder.objects.exists()
    assert not Document.objects.exists()


# --- By link ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def link(browser: Any, invoice: Invoice) -> str:
    answer = browser.post(BY_LINK, {"month": "2026-10"})
    assert answer.url == f"{BY_LINK}{invoice.number}/"
    page = source(browser.get(answer.url))
    assert "17.12.2026, 10:00" in page  # 14 days
    assert "data-copy=" in page
    found = re.search(r'data-copy="http://[^/"]+(/d/invoice/[^"]+)"', page)
    assert found
    return found[1]


def test_the_link_gives_its_owner_the_invoice(browser: Any, link: str, invoice: Invoice) -> None:
    answer = browser.get(link)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert AuditEvent.objects.get(action="link.made").details == {"invoice_id": invoice.pk}


def test_the_link_gives_nobody_else_anything(
    link: str, client: Any, other_owner: User, staff: User, client_of: Callable[[User], Client]
) -> None:
    assert client.get(link).url.startswith("/sign-in/")
    assert client_of(other_owner).get(link).status_code == 404
    assert client_of(staff).get(link).status_code == 403


def test_the_link_lives_fourteen_days(browser: Any, link: str, clock: Any) -> None:
    clock.shift(timedelta(days=14))
    assert b"".join(browser_again(browser, link).streaming_content).startswith(b"%PDF-")
    clock.shift(timedelta(seconds=1))
    late = browser_again(browser, link)
    assert late.status_code == 410
    assert "Срок действия ссылки истёк" in source(late)


def test_a_changed_link_is_refused(browser: Any, link: str) -> None:
    for spoilt in (link.replace("/d/invoice/", "/d/invoice/1"), link[:-5] + "/", link.replace("/d/invoice/", "/d/")):
        answer = browser.get(spoilt)
        assert answer.status_code == 404
        assert "Ссылка повреждена" in source(answer)


def browser_again(browser: Any, path: str) -> Any:
    """The same person after signing in again."""
    user = User.objects.get(account__isnull=False)
    browser.force_login(user)
    return browser.get(path)
