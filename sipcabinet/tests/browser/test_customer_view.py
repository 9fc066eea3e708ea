"""Staff view a customer's pages: read-only, with a banner, beside their own desk, until the button (4.9)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.accessibility import RULES
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.shots import THEMES
from sipcabinet.tests.browser.visitors import signed_in, view_as

pytestmark = pytest.mark.browser
ORDERS = "SELECT count(*) FROM billing_documentorder"
UNTIL = (
    "UPDATE accounts_customerview SET started_at = now() - interval '1 hour', until = now() {}"
    " WHERE ended_at IS NULL RETURNING 1"
)
# Links change their colour over a fifth of a second.
SETTLED = "new Promise(done => setTimeout(() => done(true), 400))"
OPEN = "SELECT count(*) FROM accounts_customerview WHERE ended_at IS NULL"


@pytest.fixture(params=[1280, pytest.param(390, marks=pytest.mark.full)])
def staff(request: pytest.FixtureRequest, browser: Browser, portal: Portal) -> Iterator[BrowserContext]:
    """A browser in which staff have signed in."""
    cookies = signed_in(browser, portal, "staff")
    context = chromium.context(browser, portal.url, width=request.param, cookies=cookies)
    yield context
    context.close()


def violations(page: Page) -> list[Any]:
    """Faults of accessibility in the light and in the dark theme."""
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.evaluate(SETTLED)
        results = Axe().run(page, options={"runOnly": RULES, "preload": False, "resultTypes": ["violations"]})
        found += [(theme, one["id"], one["nodes"][0]["html"][:160]) for one in results.response["violations"]]
    return found


def test_staff_look_and_change_nothing(staff: BrowserContext, portal: Portal) -> None:
    page = staff.new_page()
    view_as(page, portal)
    bar = page.get_by_role("region", name="Просмотр кабинета глазами клиента")
    expect(bar).to_contain_text("Звонок: клиент не видит счёт")
    expect(bar).to_contain_text(re.compile(r"осталось\s+(30|29)\s+минут"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []
    complaints = chromium.watch(page)  # from here on: axe adds inline styles

    # The bar stays while the page is scrolled, and covers no focused control.
    page.mouse.wheel(0, 3000)
    expect(bar.get_by_role("button", name="Закончить просмотр")).to_be_in_viewport()

    # An order by the customer's own form is refused.
    before = portal.query(ORDERS)
    page.goto("/documents/invoice-by-email/")
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Просмотр: изменения недоступны")
    expect(bar).to_be_visible()
    assert portal.query(ORDERS) == before
    assert [text for text in complaints if "status of 403" not in text] == []
    assert violations(page) == []

    # The desk in a second tab stays the desk.
    desk = staff.new_page()
    desk.goto("/admin/")
    expect(desk.get_by_role("link", name="Кабинет оператора")).to_be_visible()
    expect(desk.get_by_role("region", name="Просмотр кабинета глазами клиента")).to_have_count(0)

    bar.get_by_role("button", name="Закончить просмотр").click()
    page.wait_for_url("**/admin/accounts/account/**")
    expect(page.get_by_text("Просмотр кабинета закончен")).to_be_visible()
    assert portal.query(OPEN) == 0
    page.goto("/")
    page.wait_for_url("**/admin/")


def test_the_page_itself_asks_when_the_time_is_over(staff: BrowserContext, portal: Portal) -> None:
    page = staff.new_page()
    page.clock.install()
    view_as(page, portal)
    portal.query(UNTIL.format("+ interval '1 minute'"))
    page.reload()
    expect(page.locator("[data-viewing-until]")).to_have_text(re.compile(r"1\s+минута"))
    portal.query(UNTIL.format("- interval '1 second'"))
    page.clock.fast_forward("01:10")
    page.wait_for_url("**/admin/view-as/**")
    expect(page.get_by_text("время вышло")).to_be_visible()
