"""The machine's Chromium, driven by Playwright; console and CSP errors of every page are collected."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Request, StorageState, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
Theme = Literal["light", "dark"]
Cookies = StorageState


def executable() -> str | None:
    """The path of the machine's Chromium, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        try:
            yield launched
        finally:
            launched.close()


def context(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    theme: Theme = "light",
    scripts: bool = True,
    cookies: Cookies | None = None,
) -> BrowserContext:
    """A browser context: of a new visitor, or of one with `cookies` of an earlier visit."""
    return browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 900 if width > 600 else 844},
        color_scheme=theme,
        java_script_enabled=scripts,
        locale="ru-RU",
        timezone_id="Europe/Minsk",
        reduced_motion="reduce",
        accept_downloads=True,
        storage_state=cookies,
    )


def watch(page: Page) -> list[str]:
    """Collects messages of the console and of failed requests."""
    complaints: list[str] = []

    def on_console(message: object) -> None:
        if getattr(message, "type", "") in {"error", "warning"}:
            complaints.append(f"{page.url}: {getattr(message, 'text', '')}")

    def on_failure(request: Request) -> None:
        # A visitor who leaves the page before its icon is loaded aborts the request: that is no fault of the page.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{page.url}: {request.url} {request.failure}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("requestfailed", on_failure)
    return complaints
