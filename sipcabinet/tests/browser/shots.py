"""Pictures of every page, at two widths and in both themes: `bin/shots` takes them, the full tests check the pages."""

import argparse
import os
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext
from tqdm import tqdm

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.page import Page
from sipcabinet.tests.browser.pages import pages
from sipcabinet.tests.browser.portal import Portal, running_portal
from sipcabinet.tests.browser.visitors import signed_in, viewing

WIDTHS = (1280, 390)
VISITORS = ("nobody", "owner", "staff", "viewer")
THEMES: tuple[chromium.Theme, ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Look:
    """The width and the theme in which a page is shown."""

    width: int
    theme: chromium.Theme

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}"


LOOKS = [Look(width, theme) for width in WIDTHS for theme in THEMES]


def visitors(
    browser: Browser, portal: Portal, look: Look, kinds: Collection[str] = VISITORS
) -> dict[str, BrowserContext]:
    """One browser context for each of these kinds of visitors."""
    return {
        who: chromium.context(
            browser,
            portal.url,
            width=look.width,
            theme=look.theme,
            cookies=_cookies(browser, portal, who),
        )
        for who in kinds
    }


def _cookies(browser: Browser, portal: Portal, who: str) -> chromium.Cookies | None:
    if who == "nobody":
        return None
    return viewing(browser, portal) if who == "viewer" else signed_in(browser, portal, who)


def looks_at(browser: Browser, portal: Portal, wanted: list[Page]) -> Iterator[tuple[Look, Page, BrowserContext]]:
    for look in LOOKS:
        contexts = visitors(browser, portal, look)
        for page in wanted:
            yield look, page, contexts[page.who]
        for context in contexts.values():
            context.close()


def take(browser: Browser, portal: Portal, folder: Path, wanted: list[Page]) -> int:
    """Writes `<page>-<width>-<theme>.png` into the folder; returns the number of pictures."""
    count = 0
    for look, page, context in tqdm(looks_at(browser, portal, wanted), total=len(LOOKS) * len(wanted), file=sys.stderr):
        tab = context.new_page()
        answer = tab.goto(page.path(portal))
        if answer is None or answer.status != page.status:
            raise LookupError(f"{page.name} answers with {answer and answer.status}")
        tab.screenshot(path=folder / f"{page.file_name}-{look}.png", full_page=True)
        tab.close()
        count += 1
    return count


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/shots", description="Takes a picture of every page of the portal.")
    parser.add_argument("--out", type=Path, default=Path("var/shots"), help="folder for the pictures (var/shots)")
    parser.add_argument("--only", default="", help="pages whose name contains this")
    options = parser.parse_args()
    wanted = [page for page in pages() if options.only in page.name]
    if not wanted:
        sys.stderr.write(f"error: no page is called {options.only!r}\n")
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_portal(Path(folder), redis=os.environ["REDIS_URL"]) as portal,
        chromium.browser() as browser,
    ):
        count = take(browser, portal, options.out, wanted)
    sys.stdout.write(f"{count} pictures in {options.out}/" + "\n")
    return 0
