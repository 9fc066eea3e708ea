"""Every page in every theme and width: no accessibility violation (WCAG 2.2 AA), no console error, no overflow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.pages import Page, pages
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.shots import LOOKS, Look, visitors

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Chromium tells of the answer's status in the console; these pages are about that status.
EXPECTED_COMPLAINTS = ("status of 404", "status of 403")
FEW = ("site:home", "accounts:sign_in", "subscribers:calls out", "billing:orders", "billing:order done")


def faults(page: Page, portal: Portal, context: BrowserContext) -> list[str]:
    tab = context.new_page()
    complaints = chromium.watch(tab)
    answer = tab.goto(page.path(portal), wait_until="networkidle")
    # Before axe runs: it writes inline styles of its own.
    found = [text for text in complaints if not any(known in text for known in EXPECTED_COMPLAINTS)]
    if answer is None or answer.status != page.status:
        found.append(f"answers with {answer and answer.status}")
    if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("wider than the window")
    results = Axe().run(tab, options={"runOnly": RULES, "preload": False})
    found += [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in results.response["violations"]]
    tab.close()
    return [f"{page.name}: {fault}" for fault in found]


def walk(browser: Browser, portal: Portal, look: Look, wanted: list[Page]) -> list[str]:
    contexts = visitors(browser, portal, look)
    found = [fault for page in wanted for fault in faults(page, portal, contexts[page.who])]
    for context in contexts.values():
        context.close()
    return found


@pytest.mark.browser
def test_the_main_pages(browser: Browser, portal: Portal) -> None:
    assert walk(browser, portal, Look(1280, "light"), [page for page in pages() if page.name in FEW]) == []


@pytest.mark.browser
@pytest.mark.full
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page(browser: Browser, portal: Portal, look: Look) -> None:
    assert walk(browser, portal, look, pages()) == []
