"""A statement of the bank at the desk: uploaded, its unmatched payment assigned, the balance as shown before (4.6)."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.bank_statement import UNKNOWN, accept, check, statement
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.visitors import signed_in

pytestmark = pytest.mark.browser
ACCOUNT = "400100017"
BALANCE = f"""
SELECT sum(amount)::text FROM billing_ledgerentry WHERE account_id =
    (SELECT id FROM accounts_account WHERE number = '{ACCOUNT}')
"""


@pytest.fixture
def desk(browser: Browser, portal: Portal) -> Iterator[Page]:
    """The first page of the desk."""
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    page = context.new_page()
    page.goto("/admin/")
    yield page
    context.close()


def test_a_statement_is_uploaded_and_its_unmatched_payment_assigned(desk: Page, portal: Portal) -> None:
    complaints = chromium.watch(desk)
    before = Decimal(portal.query(BALANCE))
    desk.get_by_role("link", name="Выписки", exact=True).click()
    check(desk, statement(ACCOUNT, serial=7))
    expect(desk.get_by_role("table", name="Лицевые счета")).to_contain_text(ACCOUNT)
    expect(desk.get_by_role("table", name="Не распознаны")).to_contain_text(UNKNOWN)
    assert Decimal(portal.query(BALANCE)) == before
    accept(desk)
    expect(desk.get_by_role("status")).to_contain_text("Зачислено: 1, повторов: 0, не распознано: 1")
    assert Decimal(portal.query(BALANCE)) == before + 125
    desk.get_by_role("link", name="Не распознаны 1").click()
    pk = portal.query("SELECT max(id) FROM billing_suspensepayment WHERE resolved_at IS NULL")
    desk.goto(f"/admin/money/suspense/{pk}/")
    expect(desk.get_by_role("heading", level=1)).to_contain_text(UNKNOWN)
    desk.get_by_label("Номер лицевого счёта").fill(ACCOUNT)
    desk.get_by_role("button", name="Показать, что изменится").click()
    expect(desk.get_by_role("main")).to_contain_text(f"Лицевой счёт {ACCOUNT}")
    assert Decimal(portal.query(BALANCE)) == before + 125
    desk.get_by_role("button", name=f"Зачислить на лицевой счёт {ACCOUNT}").click()
    expect(desk.get_by_role("status").first).to_contain_text(f"Платёж зачислен на лицевой счёт {ACCOUNT}")
    assert Decimal(portal.query(BALANCE)) - before == Decimal("173.30")
    assert complaints == []
