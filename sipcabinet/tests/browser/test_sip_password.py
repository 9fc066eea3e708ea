"""The SIP password in a real browser: shown after a step-up, gone after a minute, and files one after another (3.4)."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.accessibility import RULES
from sipcabinet.tests.browser.page import TRUNK, found
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.shots import LOOKS, Look
from sipcabinet.tests.browser.visitors import signed_in

pytestmark = pytest.mark.browser


def at_the_parameters(browser: Browser, portal: Portal, look: Look, *, scripts: bool = True) -> Page:
    context = chromium.context(
        browser,
        portal.url,
        width=look.width,
        theme=look.theme,
        scripts=scripts,
        cookies=signed_in(browser, portal, "owner"),
    )
    page = context.new_page()
    page.goto(found("/subscribers/{}/sip/", TRUNK)(portal))
    return page


def prove(page: Page, portal: Portal, button: str) -> None:
    page.locator("input[name=password]").fill(portal.demo["logins"][0]["password"])
    page.get_by_role("button", name=button, exact=True).click()


def show(page: Page, portal: Portal) -> str:
    page.get_by_role("button", name="Показать пароль").click()
    page.wait_for_url("**/sip/password/")
    prove(page, portal, "Показать пароль SIP")
    shown = page.locator("[data-secret-value]").inner_text()
    assert re.fullmatch(r"\w{20}", shown)
    return shown


@pytest.mark.parametrize("look", [LOOKS[0], pytest.param(LOOKS[-1], marks=pytest.mark.full)], ids=str)
def test_the_shown_password_hides_itself_after_a_minute_and_says_so(
    browser: Browser, portal: Portal, look: Look
) -> None:
    page = at_the_parameters(browser, portal, look)
    complaints = chromium.watch(page)
    page.clock.install()
    password = show(page, portal)
    page.clock.run_for(58_000)
    expect(page.locator("[data-secret-value]")).to_have_text(password)
    page.clock.run_for(3_000)
    expect(page.locator("[data-secret-value]")).to_have_text("••••••••")
    expect(page.get_by_role("status").filter(has_text="Пароль SIP скрыт: прошла минута.")).to_be_visible()
    assert password not in page.content()
    assert complaints == []
    page.context.close()


@pytest.mark.full
@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[-1]], ids=str)
def test_the_pages_behind_the_step_up_are_accessible(browser: Browser, portal: Portal, look: Look) -> None:
    """Pages that no URL opens directly: the question for password and code, the SIP password, the memo."""
    page = at_the_parameters(browser, portal, look)
    parameters = page.url
    page.get_by_role("button", name="Показать пароль").click()
    page.wait_for_url("**/sip/password/")
    assert _faults(page) == []
    prove(page, portal, "Показать пароль SIP")
    expect(page.locator("[data-secret-value]")).to_be_visible()
    assert _faults(page) == []
    page.get_by_role("link", name="Скрыть").click()
    expect(page.get_by_text("Пароль SIP скрыт. Его можно показать снова.")).to_be_visible()
    page.goto(f"{parameters}settings/")
    page.locator("input[value=memo]").check()
    page.locator("input[value=with]").check()
    prove(page, portal, "Получить")
    expect(page.get_by_role("heading", name="Памятка: параметры SIP")).to_be_visible()
    assert _faults(page) == []
    page.context.close()


def _faults(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    results = Axe().run(page, options={"runOnly": RULES, "preload": False})
    return ["wider than the window"] * wide + [violation["id"] for violation in results.response["violations"]]


@pytest.mark.full
def test_files_come_one_after_another_from_the_same_form(browser: Browser, portal: Portal) -> None:
    page = at_the_parameters(browser, portal, LOOKS[0])
    page.goto(f"{page.url}settings/")
    expect(page.locator("input[name=password]")).to_be_hidden()
    for kind in ("asterisk", "yealink"):
        page.locator(f"input[value={kind}]").check()
        page.locator("input[value=without]").check()
        with page.expect_download() as download:
            page.get_by_role("button", name="Получить").click()
        assert download.value.suggested_filename.startswith(f"{kind}-sip-375")
        expect(page.locator("form[data-sending]")).to_have_count(0)
    page.context.close()


@pytest.mark.full
def test_it_all_works_without_scripts(browser: Browser, portal: Portal) -> None:
    page = at_the_parameters(browser, portal, LOOKS[0], scripts=False)
    assert show(page, portal)
    page.get_by_role("link", name="Скрыть").click()
    expect(page.get_by_text("Пароль SIP скрыт. Его можно показать снова.")).to_be_visible()
    page.get_by_role("link", name="Настройки для оборудования").click()
    page.locator("input[value=freeswitch]").check()
    page.locator("input[value=with]").check()
    with page.expect_download() as download:
        prove(page, portal, "Получить")
    assert download.value.suggested_filename.startswith("freeswitch-sip-375")
    page.context.close()
