"""Signs in as people do: by typing into the sign-in page."""

from playwright.sync_api import Browser, Page

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal


def enter(page: Page, phone: str, password: str) -> None:
    """Fills in the sign-in page and presses «Войти»."""
    page.goto("/sign-in/")
    page.get_by_label("Номер телефона").fill(phone)
    page.get_by_label("Пароль", exact=True).fill(password)
    page.get_by_role("button", name="Войти").click()


def signed_in(browser: Browser, portal: Portal, who: str) -> chromium.Cookies:
    """Cookies of a browser in which `owner` (the first customer's administrator) or `staff` has signed in.

    Each user signs in once, because a one-time code is valid for one sign-in only.
    """
    if who not in portal.cookies:
        context = chromium.context(browser, portal.url)
        _sign_in(context.new_page(), portal, who)
        portal.cookies[who] = context.storage_state()
        context.close()
    kept: chromium.Cookies = portal.cookies[who]
    return kept


def _sign_in(page: Page, portal: Portal, who: str) -> None:
    login = portal.demo["staff"] if who == "staff" else portal.demo["logins"][0]
    enter(page, login["phone"], login["password"])
    if who == "staff":
        page.get_by_label("Код").fill(portal.one_time_code())
        page.get_by_role("button", name="Подтвердить").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
