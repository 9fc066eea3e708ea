"""What staff do while a customer waits on the telephone: search, see, act; the journal keeps it (4.1, 4.2, 4.10)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.visitors import signed_in

pytestmark = pytest.mark.browser
PHONE = "8 (044) 711-20-30"
MAILINGS = "SELECT count(*) FROM billing_mailingletter"


@pytest.fixture
def desk(browser: Browser, portal: Portal) -> Iterator[Page]:
    """The first page of the desk."""
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    page = context.new_page()
    page.goto("/admin/")
    yield page
    context.close()


def test_a_call_is_answered_in_two_clicks(desk: Page, portal: Portal) -> None:
    complaints = chromium.watch(desk)
    before = portal.query(MAILINGS)
    desk.keyboard.press("/")
    desk.keyboard.type(PHONE)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/admin/customers/*/")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Северный ветер")
    expect(desk.get_by_text("Баланс").first).to_be_visible()
    desk.get_by_role("link", name="Отправить счёт ещё раз").first.click()
    desk.get_by_role("button", name="Отправить счёт").click()
    expect(desk.get_by_role("status")).to_contain_text("отправляется")
    assert portal.query(MAILINGS) > before
    assert complaints == []


def test_who_looks_at_calls_stands_in_the_journal(desk: Page) -> None:
    desk.get_by_role("link", name="Поиск звонков").click()
    desk.get_by_label("Номер абонента").fill(PHONE)
    desk.get_by_role("main").get_by_role("button").first.click()
    expect(desk.get_by_role("table").first).to_be_visible()
    desk.get_by_role("link", name="Журнал", exact=True).first.click()
    expect(desk.get_by_role("table").first).to_contain_text("Ольга Станкевич")
    expect(desk.get_by_role("main")).to_contain_text("Звонки: +375 44 711-20-30")
