"""A corrected invoice: pages show the issued sum first, and the correction beside it with its number and link (4.7)."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from billing.models import Correction, DocumentOrder, Invoice
from billing.selectors import debts, invoices
from billing.services import corrections, dunning, production
from billing.tests.debtors import owes, pays
from notifications.models import Letter
from subscribers.models import Subscriber
from subscribers.tests.factories import NumberFactory, TrunkFactory

pytestmark = pytest.mark.usefixtures("statements_are_complete")
WORDS = "после корректировки № 000001: 112,50"


@pytest.fixture
def clock(at: Callable[[str], Any]) -> Any:
    return at("2026-11-12 09:00")


@pytest.fixture
def trunk(clock: Any, account: Account) -> Subscriber:
    trunk = TrunkFactory.create(account=account)
    NumberFactory.create(trunk=trunk)
    return trunk


@pytest.fixture
def invoice(account: Account, trunk: Subscriber) -> Invoice:
    """An invoice of 125.00 BYN with VAT."""
    return owes(account, subscriber=trunk)


@pytest.fixture
def page(invoice: Invoice, owner: User, client_of: Callable[[User], Client]) -> Callable[[str], str]:
    """The text of a page without its tags."""
    client = client_of(owner)
    return lambda address: words(client.get(address, follow=True).content.decode())


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u00a0", " ").split()).replace(" :", ":").replace(" ,", ",")


def correct(invoice: Invoice, net: str) -> Correction:
    """Corrects the invoice's only charge to `net`, without VAT."""
    return corrections.issue(invoice=invoice, changes=[(invoice.closing.charges.get(), Decimal(net))], reason="Ошибка")


PAGES = {
    "list": ("/invoices/", f"125,00 {WORDS}"),
    "invoice": ("/invoices/000001/", f"Сумма счёта с НДС 125,00 BYN Корректировки {WORDS} BYN"),
    "home": ("/", f"Счёт № 000001 на 125,00 BYN, {WORDS} BYN"),
    "notice": ("/", f"Сумма документа 125,00 BYN, {WORDS} BYN"),
    "account": ("/account/", f"Счёт № 000001 на 125,00 BYN, {WORDS} BYN"),
    "by e-mail": ("/documents/invoice-by-email/", f"счёт № 000001 от 10.11.2026, {WORDS} BYN 125,00 BYN"),
    "by link": ("/documents/invoice-by-link/", f"счёт № 000001 от 10.11.2026, {WORDS} BYN 125,00 BYN"),
    "link": ("/documents/invoice-by-link/000001/", f"начислено с НДС 125,00 BYN, {WORDS} BYN"),
    "promise": ("/guarantees/register/", f"Сумма документа 125,00 BYN Корректировки {WORDS} BYN Не оплачено 112,50"),
    "review": ("/guarantees/register/review/?amount=1", f"Сумма документа 125,00 BYN Корректировки {WORDS} BYN"),
}


@pytest.mark.parametrize(("address", "shown"), PAGES.values(), ids=PAGES)
def test_the_issued_sum_is_first_and_the_correction_beside_it(
    page: Callable[[str], str], invoice: Invoice, address: str, shown: str
) -> None:
    assert invoice.number == "000001"
    assert "корректировки №" not in page(address)
    correct(invoice, "90.00")
    assert shown in page(address)


def test_the_correction_is_linked(owner: User, client_of: Callable[[User], Client], invoice: Invoice) -> None:
    number = correct(invoice, "90.00").number
    link = reverse("billing:correction_file", args=[number])
    for address in ("/invoices/", "/invoices/000001/", "/", "/account/", "/documents/invoice-by-link/000001/"):
        assert link in client_of(owner).get(address).content.decode(), address


def test_the_order_and_its_letter_name_both_sums(
    page: Callable[[str], str], owner: User, client_of: Callable[[User], Client], invoice: Invoice
) -> None:
    correct(invoice, "90.00")
    client_of(owner).post("/documents/invoice-by-email/", {"month": "2026-10", "token": "t"})
    order = DocumentOrder.objects.get()
    shown = page(f"/orders/{order.number}/")
    assert "Начислено с НДС 125,00 BYN После корректировки № 000001 112,50 BYN" in shown
    assert production.drain() == 1
    letter = Letter.objects.get(kind="invoice_ready")
    for body in (letter.body_text, letter.body_html):
        assert f"125,00 BYN, {WORDS} BYN" in words(body)


def test_the_reminder_names_both_sums(clock: Any, account: Account, invoice: Invoice) -> None:
    correct(invoice, "90.00")
    clock.move_to("2026-11-23 09:00+03:00")
    dunning.run_due()
    letter = Letter.objects.get(account_id=account.pk)
    for body in (letter.body_text, letter.body_html):
        assert f"112,50 BYN (документ на 125,00 BYN, {WORDS} BYN)" in words(body)


def test_what_is_paid_is_paid_of_the_corrected_sum(
    page: Callable[[str], str], account: Account, invoice: Invoice
) -> None:
    pays(account, "125.00")
    assert "Оплачено 125,00 BYN Осталось оплатить 0,00" in page("/invoices/000001/")
    correct(invoice, "90.00")
    assert "Оплачено из суммы после корректировок 112,50 BYN Осталось оплатить 0,00" in page("/invoices/000001/")


def test_a_correction_upwards_of_a_paid_invoice_is_not_called_paid(
    page: Callable[[str], str], account: Account, invoice: Invoice
) -> None:
    pays(account, "125.00")
    assert "оплачен Счёт" in page("/invoices/")
    correct(invoice, "110.00")
    shown = page("/invoices/")
    assert "125,00 после корректировки № 000001: 137,50 осталось 12,50 корректировка не оплачена" in shown
    pays(account, "12.50")
    assert "125,00 после корректировки № 000001: 137,50 оплачен" in page("/invoices/")


def test_several_corrections_are_all_named(page: Callable[[str], str], account: Account, invoice: Invoice) -> None:
    """One upwards, one downwards: the later one reduces both documents, and the invoice shows both numbers."""
    correct(invoice, "110.00")
    correct(invoice, "90.00")
    assert "125,00 после корректировок № 000001, № 000002: 112,50" in page("/invoices/")
    (view,) = invoices.all_of(account)
    assert view.corrected
    assert view.corrected.words.replace("\u00a0", " ") == "после корректировок № 000001, 000002: 112,50 BYN"
    assert [(one.debt.amount, one.amount, list(one.mended_by)) for one in debts.of(account)] == [
        (Decimal("125.00"), Decimal("112.50"), ["000002"]),
        (Decimal("12.50"), Decimal("0.00"), ["000002"]),
    ]


def test_a_correction_is_shown_only_beside_its_own_invoice(account: Account, invoice: Invoice, clock: Any) -> None:
    """The other invoice of the list, and its month, have no corrected sum."""
    older = owes(account, month="2026-09", subscriber=invoice.closing.charges.get().subscriber)
    correct(invoice, "90.00")
    told = {view.invoice.number: view.corrected for view in invoices.all_of(account)}
    assert told[older.number] is None
    assert {one.month.code: bool(one.corrected) for one in invoices.months_back(account)} == {
        "2026-10": True,
        "2026-09": False,
    }


def test_the_desk_names_both_sums(desk: Client, invoice: Invoice) -> None:
    listed, own = (
        reverse("admin:billing_invoice_changelist"),
        reverse("admin:billing_invoice_change", args=[invoice.pk]),
    )
    debt = reverse("admin:billing_debt_change", args=[debts.of(invoice.account)[0].debt.pk])
    assert all("112,50" not in words(desk.get(address).content.decode()) for address in (listed, own, debt))
    correct(invoice, "90.00")
    for address in (listed, own):
        shown = words(desk.get(address).content.decode())
        assert "125,00" in shown
        assert "112,50" in shown
    assert f"112,50 BYN ({WORDS} BYN)" in words(desk.get(debt).content.decode())


@pytest.fixture
def desk(staff: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(staff)
