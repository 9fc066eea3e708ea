"""Two minutes before an idle session ends, the page asks whether the user is there; also at the desk (1.2)."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.accessibility import RULES
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.visitors import signed_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("who", "path"), [("owner", "/"), pytest.param("staff", "/admin/", marks=pytest.mark.full)])
def test_the_page_asks_before_the_session_ends(browser: Browser, portal: Portal, who: str, path: str) -> None:
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, who))
    page = context.new_page()
    page.clock.install()
    page.goto(path)
    dialog = page.get_by_role("dialog", name="Вы ещё здесь?")
    page.clock.fast_forward("27:50")
    page.clock.run_for(1000)
    expect(dialog).to_be_hidden()
    page.clock.run_for(11_000)
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("1:5")
    assert Axe().run(page, options={"runOnly": RULES, "preload": False}).violations_count == 0
    with page.expect_response("**/keep-alive/") as answer:
        dialog.get_by_role("button", name="Продолжить работу").click()
    assert answer.value.status == 204
    expect(dialog).to_be_hidden()
    context.close()
