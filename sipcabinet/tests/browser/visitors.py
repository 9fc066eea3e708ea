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


def viewing(browser: Browser, portal: Portal) -> chromium.Cookies:
    """Cookies of the staff's browser, which begins to view the first customer's account: a new view of 30 minutes."""
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    page = context.new_page()
    view_as(page, portal)
    kept = context.storage_state()
    context.close()
    return kept


def view_as(page: Page, portal: Portal, reason: str = "Звонок: клиент не видит счёт") -> None:
    """Begins to view the first customer's account, in a page of the staff."""
    phone = portal.demo["logins"][0]["phone"].replace(" ", "").replace("-", "")
    account = portal.query(f"SELECT account_id FROM accounts_user WHERE phone = '{phone}'")
    page.goto(f"/admin/view-as/{account}/")
    page.get_by_label("Причина просмотра").fill(reason)
    page.get_by_role("button", name="Открыть кабинет клиента").click()
    page.wait_for_url(f"{portal.url}/")


def _sign_in(page: Page, portal: Portal, who: str) -> None:
    login = portal.demo["staff"] if who == "staff" else portal.demo["logins"][0]
    enter(page, login["phone"], login["password"])
    if who == "staff":
        page.get_by_label("Код").fill(portal.one_time_code())
        page.get_by_role("button", name="Подтвердить").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
