"""Every page in every theme and width: no accessibility violation (WCAG 2.2 AA), no console error, no overflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import Page as BrowserPage

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.accessibility import RULES, RULES_OF_COLOUR
from sipcabinet.tests.browser.page import Page
from sipcabinet.tests.browser.pages import pages
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.shots import THEMES, WIDTHS, Look, visitors

# Chromium logs an error status of an answer in the console; these pages are expected to have such a status.
EXPECTED_COMPLAINTS = ("status of 404", "status of 403")
# The desk's links change their colour over a fifth of a second, also where less motion is asked for.
SETTLED = """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => Promise.all(
    document.getAnimations().filter(one => one instanceof CSSTransition).map(one => one.finished.catch(() => null))
)).then(() => true)"""
FAINT: dict[chromium.Theme, str] = {"light": "#e8e8e8", "dark": "#26303f"}
FEW = ("site:home", "accounts:sign_in", "subscribers:calls out", "billing:orders", "billing:order done")


@dataclass
class Tab:
    """A visitor's tab, in which all pages are opened in turn: each new tab costs the browser two processes."""

    page: BrowserPage
    complaints: list[str]

    @classmethod
    def of(cls, context: BrowserContext) -> Self:
        page = context.new_page()
        return cls(page, chromium.watch(page))

    def open(self, address: str, theme: chromium.Theme) -> tuple[int | None, list[str]]:
        """The status of the answer, and what the console and failed requests said."""
        self.page.emulate_media(color_scheme=theme)
        self.complaints.clear()
        answer = self.page.goto(address)
        return answer.status if answer else None, [*self.complaints]


def faults(page: Page, portal: Portal, opened: Tab, themes: Sequence[chromium.Theme]) -> list[str]:
    """Faults of a page in every theme. The page is loaded once, and each theme is applied to the loaded page.

    All rules are checked in the first theme; a further theme changes only colours, so only their rules are repeated.
    """
    # Complaints are read before axe runs, because axe adds inline styles.
    status, complaints = opened.open(page.path(portal), themes[0])
    found = [text for text in complaints if not any(known in text for known in EXPECTED_COMPLAINTS)]
    if status != page.status:
        found.append(f"answers with {status}")
    tab = opened.page
    if tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("wider than the window")
    for theme in themes:
        tab.emulate_media(color_scheme=theme)
        tab.evaluate(SETTLED)
        rules = RULES if theme == themes[0] else RULES_OF_COLOUR
        results = Axe().run(tab, options={"runOnly": rules, "preload": False, "resultTypes": ["violations"]})
        found += [f"{theme}: {v['id']}: {v['nodes'][0]['html'][:160]}" for v in results.response["violations"]]
    return [f"{page.name}: {fault}" for fault in found]


def walk(
    browser: Browser, portal: Portal, width: int, themes: Sequence[chromium.Theme], wanted: list[Page]
) -> list[str]:
    contexts = visitors(browser, portal, Look(width, themes[0]), {page.who for page in wanted})
    tabs = {who: Tab.of(context) for who, context in contexts.items()}
    found = [fault for page in wanted for fault in faults(page, portal, tabs[page.who], themes)]
    for context in contexts.values():
        context.close()
    return found


@pytest.mark.browser
def test_the_main_pages(browser: Browser, portal: Portal) -> None:
    assert walk(browser, portal, 1280, ["light"], [page for page in pages() if page.name in FEW]) == []


@pytest.mark.browser
@pytest.mark.full
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page(browser: Browser, portal: Portal, width: int) -> None:
    assert walk(browser, portal, width, THEMES, pages()) == []


@pytest.mark.browser
@pytest.mark.full
@pytest.mark.parametrize("theme", THEMES)
def test_a_text_without_contrast_is_found_in_every_theme(
    browser: Browser, portal: Portal, theme: chromium.Theme
) -> None:
    tab = visitors(browser, portal, Look(1280, THEMES[0]), ["nobody"])["nobody"].new_page()
    tab.goto("/sign-in/")
    tab.emulate_media(color_scheme=theme)
    # Nearly the colour of the background: for the same colour axe decides nothing.
    tab.evaluate("colour => { document.querySelector('h1').style.color = colour }", FAINT[theme])
    results = Axe().run(tab, options={"runOnly": RULES_OF_COLOUR, "resultTypes": ["violations"]})
    tab.context.close()
    assert [violation["id"] for violation in results.response["violations"]] == ["color-contrast"]


@pytest.mark.browser
@pytest.mark.full
def test_a_theme_is_put_on_a_loaded_page(browser: Browser, portal: Portal) -> None:
    """`test_every_page` relies on this: a loaded page changes its colours."""
    tab = visitors(browser, portal, Look(1280, THEMES[0]), ["nobody"])["nobody"].new_page()
    tab.goto("/sign-in/")
    colours = set()
    for theme in THEMES:
        tab.emulate_media(color_scheme=theme)
        tab.evaluate(SETTLED)
        colours.add(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    tab.context.close()
    assert len(colours) == len(THEMES)
