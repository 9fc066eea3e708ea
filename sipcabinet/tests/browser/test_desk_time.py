"""The desk uses Minsk time for staff in any time zone, without Django's warning under each date field."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser
SCRIPTS = Path(admin.__file__).parent / "static/admin/js"
# The names of the shortcuts in Django's catalogue of translations.
CATALOGUE = """
const formats = {DATE_INPUT_FORMATS: ["%d.%m.%Y"], TIME_INPUT_FORMATS: ["%H:%M:%S"], FIRST_DAY_OF_WEEK: 1};
Object.assign(window, {gettext: (text) => text, gettext_noop: (text) => text, ngettext: (one, many) => many,
  pgettext: (context, text) => text, interpolate: (text) => text, get_format: (name) => formats[name]});
"""
PAGE = """<!DOCTYPE html><html lang="ru"><head><title>x</title>
<script src="/catalogue.js"></script><script src="/core.js"></script><script src="/calendar.js"></script>
<script src="/admin/DateTimeShortcuts.js"></script>{desk}</head>
<body data-admin-utc-offset="10800"><p><input type="text" class="vDateField"><input type="text" class="vTimeField"></p>
</body></html>"""
DESK = '<script type="module" src="/desk.js"></script>'


@pytest.fixture
def far_away(browser: Browser) -> Iterator[Page]:
    """A page in a browser with the time zone of New York, at half past one at night in Minsk."""
    context = browser.new_context(timezone_id="America/New_York")
    context.clock.install(time=datetime(2026, 11, 30, 22, 30, tzinfo=UTC))
    yield context.new_page()
    context.close()


def opened(page: Page, desk: str) -> None:
    def answer(route: Route) -> None:
        name = route.request.url.removeprefix("https://desk.test/")
        if not name:
            route.fulfill(body=PAGE.format(desk=desk), content_type="text/html")
        elif name == "catalogue.js":
            route.fulfill(body=CATALOGUE, content_type="text/javascript")
        else:
            ours = Path(settings.STATICFILES_DIRS[0]) / "js" / name
            route.fulfill(path=ours if ours.exists() else SCRIPTS / name, content_type="text/javascript")

    page.route("https://desk.test/**", answer)
    page.goto("https://desk.test/")


def test_today_and_now_are_minsks_and_nothing_warns(far_away: Page) -> None:
    opened(far_away, DESK)
    far_away.get_by_text("Today", exact=True).first.click()
    far_away.get_by_text("Now", exact=True).first.click()
    assert far_away.locator(".vDateField").input_value() == "01.12.2026"
    assert far_away.locator(".vTimeField").input_value().startswith("01:30")
    assert far_away.locator(".timezonewarning").count() == 0


def test_without_the_desks_script_it_would_warn(far_away: Page) -> None:
    opened(far_away, "")
    assert far_away.locator(".timezonewarning").count() == 1
