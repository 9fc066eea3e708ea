"""Two people mend money: a payment booked to the wrong customer is moved, an invoice is corrected (4.7, 4.12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django_otp.oath import totp
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sipcabinet.lib import clock, money
from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.visitors import enter, signed_in

pytestmark = pytest.mark.browser
PHONE, PASSWORD, KEY = "+375296000002", "second-person-of-the-desk", "31" * 20
COLLEAGUE = f"""
from accounts.models import User
from django_otp.plugins.otp_totp.models import TOTPDevice
user = User.objects.filter(phone="{PHONE}").first() or User(phone="{PHONE}", name="Марина Гончар")
user.is_staff = user.is_superuser = user.is_active = True
user.set_password("{PASSWORD}")
user.save()
TOTPDevice.objects.get_or_create(user=user, confirmed=True, defaults={{"name": "x", "key": "{KEY}"}})
"""
BALANCE = "SELECT sum(amount) FROM billing_ledgerentry WHERE account_id = {}"
# The account whose calls are barred for debt, and a payment of another customer that is large enough.
DEBTOR = "SELECT account_id FROM billing_debtrestriction WHERE lifted_at IS NULL ORDER BY id"
PAYMENT = (
    "SELECT p.id FROM billing_payment p JOIN accounts_account a ON a.id = p.account_id WHERE a.id <> {debtor}"
    " AND p.amount >= {amount} AND NOT EXISTS (SELECT FROM billing_moneyproposal m WHERE m.payment_id = p.id)"
    " ORDER BY p.amount, p.id"
)


@dataclass
class Two:
    """The browsers of two people of the staff."""

    first: Page
    second: Page
    complaints: list[Any]


def colleague(browser: Browser, portal: Portal) -> chromium.Cookies:
    """Cookies of the second person, who signs in once: a one-time code is valid for one sign-in only."""
    if "colleague" not in portal.cookies:
        portal.manage("shell", "-c", COLLEAGUE)
        context = chromium.context(browser, portal.url)
        page = context.new_page()
        enter(page, PHONE, PASSWORD)
        page.get_by_label("Код").fill(f"{totp(bytes.fromhex(KEY)):06d}")
        page.get_by_role("button", name="Подтвердить").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        portal.cookies["colleague"] = context.storage_state()
        context.close()
    kept: chromium.Cookies = portal.cookies["colleague"]
    return kept


@pytest.fixture
def two(browser: Browser, portal: Portal) -> Iterator[Two]:
    contexts: list[BrowserContext] = [
        chromium.context(browser, portal.url, cookies=colleague(browser, portal)),
        chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff")),
    ]
    first, second = (context.new_page() for context in contexts)
    complaints = [*map(chromium.watch, (first, second))]
    yield Two(first, second, complaints)
    for context in contexts:
        context.close()


def confirm(page: Page) -> None:
    """The second person opens the newest proposal that waits, and carries it out."""
    page.goto("/admin/")
    page.get_by_role("navigation", name="Разделы кабинета").get_by_role("link", name="Ждут второго").click()
    page.get_by_role("table").get_by_role("link").last.click()
    page.get_by_role("button", name="Подтвердить и провести").click()
    expect(page.get_by_role("status").first).to_contain_text("проведено")


@pytest.mark.full
def test_a_payment_booked_to_the_wrong_customer_is_moved_by_two_people(two: Two, portal: Portal) -> None:
    debtor = portal.query(DEBTOR)
    number = portal.query(f"SELECT number FROM accounts_account WHERE id = {debtor}")
    owed = -Decimal(portal.query(BALANCE.format(debtor)))
    amount = max(owed, Decimal("100.01"))
    payment = portal.query(PAYMENT.format(debtor=debtor, amount=amount))
    former = portal.query(f"SELECT account_id FROM billing_payment WHERE id = {payment}")
    had = Decimal(portal.query(BALANCE.format(former)))

    page = two.first
    page.goto(f"/admin/billing/payment/{payment}/change/")
    page.get_by_role("link", name="Перенести…").click()
    page.get_by_label("На какой лицевой счёт").fill(number)
    page.get_by_label("Сумма, BYN").fill(str(amount))
    page.get_by_label("Основание").fill("Письмо плательщика")
    page.get_by_role("button", name="Показать, что изменится").click()
    main = page.get_by_role("main")
    for fact in (f"Лицевой счёт {number}", "ограничение за долг снимется сразу", "Нужен второй сотрудник"):
        expect(main).to_contain_text(fact)
    page.get_by_role("button", name="Отправить второму сотруднику").click()
    expect(page.get_by_role("status").first).to_contain_text("Пока ничего не изменилось")
    assert -Decimal(portal.query(BALANCE.format(debtor))) == owed

    confirm(two.second)
    assert Decimal(portal.query(BALANCE.format(debtor))) == amount - owed
    assert Decimal(portal.query(BALANCE.format(former))) == had - amount
    assert portal.query(f"{DEBTOR.replace('WHERE', f'WHERE account_id = {debtor} AND')}") is None
    for account, side in ((debtor, "перенесён"), (former, "на другой лицевой счёт")):
        customer = portal.query(f"SELECT customer_id FROM accounts_account WHERE id = {account}")
        day = portal.query(f"SELECT received_on FROM billing_payment WHERE id = {payment}")
        shown = f"?start={clock.show_date(day)}&end={clock.show_date(clock.today())}"
        two.second.goto(f"/admin/customers/{customer}/accounts/{account}/reconciliation/{shown}")
        expect(two.second.get_by_role("table").first).to_contain_text(side)
        expect(two.second.get_by_role("table").first).to_contain_text(money.show(amount))
    assert two.complaints == [[], []]


def test_an_invoice_is_corrected_by_two_people(two: Two, portal: Portal) -> None:
    invoice = portal.query("SELECT id FROM billing_invoice ORDER BY net DESC")
    account = portal.query(f"SELECT account_id FROM billing_invoice WHERE id = {invoice}")
    had = Decimal(portal.query(BALANCE.format(account)))
    corrections = "SELECT coalesce(max(serial), 0) FROM billing_correction"
    last = portal.query(corrections)

    page = two.first
    page.goto(f"/admin/money/invoices/{invoice}/correct/")
    fields = page.get_by_role("table").get_by_role("textbox")
    for place in range(fields.count()):
        fields.nth(place).fill("10 %")
    page.get_by_label("Основание").fill("Ошибка в тарифе")
    page.get_by_role("button", name="Показать, что изменится").click()
    with page.expect_download() as draft:
        page.get_by_role("button", name="PDF").click()
    assert draft.value.suggested_filename.startswith("Проект корректировки")
    page.get_by_role("button", name="Отправить второму сотруднику").click()
    expect(page.get_by_role("main")).to_contain_text("Это ваше предложение")
    assert portal.query(corrections) == last

    confirm(two.second)
    assert portal.query(corrections) == last + 1
    total = Decimal(portal.query(f"SELECT total FROM billing_correction WHERE serial = {last + 1}"))
    assert Decimal(portal.query(BALANCE.format(account))) == had - total
    assert two.complaints == [[], []]
