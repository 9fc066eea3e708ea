"""Money of the bank that is not simply a payment: a refund, a payment known already, a payment taken back (4.6, 4.12).

Sums are within the limit of one person; two people are in test_money.py.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from accounts.tests.factories import unp_of
from billing.tests.bank_files import Doc
from sipcabinet.demo.operator.cast import CUSTOMERS, DemoCustomer
from sipcabinet.lib import clock
from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.bank_statement import accept, check, statement_of, today
from sipcabinet.tests.browser.newcomers import newcomer
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.visitors import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.full]
BAKERY = CUSTOMERS[1]
OF_ACCOUNT = "(SELECT id FROM accounts_account WHERE number = '{}')"
BALANCE = "SELECT coalesce(sum(amount), 0) FROM billing_ledgerentry WHERE account_id = "
NEWEST_DEBT = "SELECT due_on FROM billing_debt WHERE account_id = {} ORDER BY id DESC"
RESTRICTED = "SELECT count(*) FROM billing_debtrestriction WHERE lifted_at IS NULL AND account_id = {}"
REVIEW = "Показать, что изменится"
OWES = """
from billing.tests.debtors import owes
from sipcabinet.lib.periods import Month
owes(account, month=Month.current().shift(-2).code, issued_on=clock.today(), due_on=clock.today() + timedelta(days=10))
"""


class Payer(NamedTuple):
    """What a statement tells of a customer."""

    name: str
    account_number: str
    unp: str
    iban: str


DEBTOR = Payer("ООО «Отзыв»", "700200017", unp_of(17), CUSTOMERS[2].iban)


@pytest.fixture
def desk(browser: Browser, portal: Portal) -> Iterator[Page]:
    """The first page of the desk; the pages must not complain."""
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    page = context.new_page()
    complaints = chromium.watch(page)
    yield page
    context.close()
    assert complaints == []


def account(customer: DemoCustomer | Payer) -> str:
    """A query of the account's key."""
    return OF_ACCOUNT.format(customer.account_number)


def balance(portal: Portal, customer: DemoCustomer | Payer) -> Decimal:
    return Decimal(portal.query(BALANCE + account(customer)))


def check_one(
    page: Page, customer: DemoCustomer | Payer, serial: int, amount: str, purpose: str = "Оплата за связь"
) -> None:
    """Checks a statement of one document of today, a debit if `amount` is below zero; `serial` sets it apart from the
    day's other documents."""
    number, sum_ = str(serial // 10), Decimal(amount)
    one = Doc(
        credit=f"{max(sum_, 0):.2f}", debit=f"{max(-sum_, 0):.2f}", id=f"B{serial}", number=number, day=today(),
        payer=customer.name, unp=customer.unp, iban=customer.iban, purpose=f"{purpose}, л/с {customer.account_number}",
    )  # fmt: skip
    check(page, statement_of([one], Decimal(100_000 + serial)))


def test_an_overpayment_is_returned_through_a_statement(desk: Page, portal: Portal) -> None:
    before = balance(portal, BAKERY)
    overpaid = max(-before, Decimal(0)) + 30
    check_one(desk, BAKERY, 10010, str(overpaid))
    accept(desk)
    desk.goto(f"/admin/money/accounts/{portal.query(f'SELECT {account(BAKERY)}')}/refund/")
    desk.get_by_label("Сумма, BYN").fill("30,00")
    desk.get_by_label("Номер платёжного поручения").fill("1002")
    desk.get_by_label("Дата платёжного поручения").fill(today())
    desk.get_by_label("Основание").fill("Заявление клиента")
    desk.get_by_role("button", name=REVIEW).click()
    expect(desk.get_by_role("main")).to_contain_text(f"Лицевой счёт {BAKERY.account_number}")
    desk.get_by_role("button", name="Вернуть переплату").click()
    expect(desk.get_by_role("status").first).to_contain_text("Проведено: возврат переплаты")
    assert balance(portal, BAKERY) == before + overpaid - 30

    check_one(desk, BAKERY, 10020, "-30", "Возврат переплаты")
    expect(desk.get_by_role("table", name="Возвраты")).to_contain_text("возврат переплаты, проведённый сотрудником")
    accept(desk)
    desk.get_by_role("link", name="Возвраты 1").click()
    desk.get_by_role("table").get_by_role("link").click()
    expect(desk.get_by_role("main")).to_contain_text("возвращена переплата")
    assert balance(portal, BAKERY) == before + overpaid - 30


def test_a_clerk_s_entry_and_then_the_statement_book_a_payment_once(desk: Page, portal: Portal) -> None:
    before = balance(portal, BAKERY)
    desk.goto("/admin/billing/payment/add/")
    desk.get_by_label("Номер лицевого счёта").fill(BAKERY.account_number)
    desk.get_by_label("Сумма, BYN").fill("41,50")
    desk.get_by_label("Номер документа").fill("1003")
    desk.get_by_role("button", name="Зачислить").click()
    expect(desk.get_by_role("main")).to_contain_text("Зачислено 41,50")
    assert balance(portal, BAKERY) == before + Decimal("41.50")

    check_one(desk, BAKERY, 10030, "41.50")
    expect(desk.get_by_role("table", name="Не распознаны")).to_contain_text("похоже на уже зачисленное")
    accept(desk)
    desk.get_by_role("link", name="Разобрать").click()
    pk = portal.query("SELECT max(id) FROM billing_suspensepayment WHERE resolved_at IS NULL")
    desk.goto(f"/admin/money/suspense/{pk}/")
    expect(desk.get_by_role("main")).to_contain_text("№ 1003")
    desk.get_by_role("button", name="Это тот же платёж: второй раз не зачислять").click()
    expect(desk.get_by_role("status").first).to_contain_text("второй раз он не зачислен")
    assert balance(portal, BAKERY) == before + Decimal("41.50")


def test_a_payment_taken_back_by_the_bank_is_a_debt_with_its_own_time(desk: Page, portal: Portal) -> None:
    newcomer(
        portal, DEBTOR.name, number=DEBTOR.account_number, phone="+375447200017", email="otzyv@srok.example", more=OWES
    )
    before = balance(portal, DEBTOR)
    assert before < 0
    check_one(desk, DEBTOR, 10040, "25")
    accept(desk)
    assert balance(portal, DEBTOR) == before + 25
    check_one(desk, DEBTOR, 10045, "-25", "Отзыв платежа")
    accept(desk)
    desk.get_by_role("link", name="Возвраты 1").click()
    desk.get_by_role("table").get_by_role("link").click()
    desk.get_by_role("link", name="Платёж отозван банком…").click()
    desk.get_by_role("button", name=REVIEW).click()
    main = desk.get_by_role("main")
    expect(main).to_contain_text("25,00 BYN, оплатить до")
    desk.get_by_role("button", name="Платёж отозван банком").click()
    expect(desk.get_by_role("status").first).to_contain_text("Проведено: отмена платежа")
    assert balance(portal, DEBTOR) == before
    assert portal.query(NEWEST_DEBT.format(account(DEBTOR))) >= clock.today() + settings.DEBT_NOTICE
    assert portal.query(RESTRICTED.format(account(DEBTOR))) == 0
