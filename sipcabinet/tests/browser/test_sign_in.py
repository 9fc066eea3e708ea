"""A number that was typed on the sign-in page is filled in on «Забыли пароль» (1.1a)."""

import pytest
from playwright.sync_api import Browser, expect

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal

pytestmark = pytest.mark.browser

TYPED = "44 711-20-30"


def test_forgot_knows_the_number_typed_at_the_sign_in(browser: Browser, portal: Portal) -> None:
    context = chromium.context(browser, portal.url)
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("Номер телефона").fill(TYPED)
    page.get_by_role("link", name="Забыли пароль").click()
    expect(page.get_by_label("Номер телефона")).to_have_value(TYPED)
    another_tab = context.new_page()
    another_tab.goto("/forgot-password/")
    expect(another_tab.get_by_label("Номер телефона")).to_have_value("")
    context.close()
