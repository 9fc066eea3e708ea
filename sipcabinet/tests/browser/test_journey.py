"""A customer's journey on real PostgreSQL, Valkey, Celery and SMTP: from the first password to the report."""

import re
from collections import Counter
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sipcabinet.lib.periods import Month
from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal, text_of
from sipcabinet.tests.browser.visitors import enter

pytestmark = pytest.mark.browser

NEW_PASSWORD = "сорок-тысяч-поездов"
MONTH = Month.current().shift(-1)
PAGE_PLACES = Decimal("0.0001")
Row = tuple[date, time, str, Decimal]


def email_of(portal: Portal, phone: str) -> str:
    sql = (
        "SELECT cabinet_email FROM accounts_account a JOIN accounts_user u ON u.account_id = a.id WHERE u.phone = '{}'"
    )
    return str(portal.query(sql.format(phone)))


def temporary_password(portal: Portal, page: Page, phone: str) -> str:
    """Goes through «Забыли пароль» as the manual describes; returns the password from the letter."""
    recipient = email_of(portal, phone)
    page.goto("/sign-in/")
    page.get_by_role("link", name="Забыли пароль").click()
    page.get_by_label("Номер телефона").fill(phone)
    page.get_by_role("button", name="Восстановить пароль").click()
    letter = portal.wait_for_letter(recipient, "Временный пароль:")
    found = re.search(r"Временный пароль: (\S+)", text_of(letter))
    assert found
    assert found[1] not in str(letter["Subject"])
    return found[1]


def sign_out(page: Page) -> None:
    page.locator("summary[aria-label^=Профиль]").click()
    page.get_by_role("button", name="Выйти").click()
    page.wait_for_url("**/sign-in/**")


def change_password(page: Page, password: str) -> None:
    page.get_by_label("Новый пароль", exact=True).fill(password)
    page.get_by_label("Новый пароль ещё раз").fill(password)
    page.get_by_role("button", name="Сменить пароль").click()


def order_report(page: Page) -> str:
    """Goes through the wizard for all trunks and all calls of the previous month; returns the order's number."""
    page.goto("/")
    page.get_by_role("link", name=re.compile("Детализация")).first.click()
    page.get_by_role("radio", name=re.compile(MONTH.label, re.IGNORECASE)).check()
    page.get_by_role("radio", name="Исходящие").check()
    page.get_by_role("button", name="Далее").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Сформировать детализацию").click()
    page.wait_for_url("**/orders/**")
    number = re.search(r"З-\d{4}-\d{6}", page.inner_text("main"))
    assert number
    return number[0]


def link_in(letter: EmailMessage) -> str:
    found = re.search(r"https?://\S+/d/\S+", text_of(letter))
    assert found
    return found[0]


def rows_on_pages(page: Page) -> list[Row]:
    """The outgoing calls of every subscriber, read page by page."""
    page.goto("/subscribers/")
    keys = {str(box.get_attribute("value")) for box in page.locator("input[type=radio][name=chosen]").all()}
    rows: list[Row] = []
    for key in sorted(keys):
        page.goto(f"/subscribers/{key}/calls/?month={MONTH.code}&kind=out")
        while True:
            lines = page.locator("table.cards tbody tr").all()
            rows += [_row(line.locator("th, td").all_inner_texts()) for line in lines]
            older = page.get_by_role("link", name="Старее")
            if not older.count():
                break
            older.click()
    return rows


def _row(cells: list[str]) -> Row:
    cost = cells[6].split()[0].replace("\u00a0", "").replace(",", ".")
    return (
        datetime.strptime(cells[0], "%d.%m.%Y").date(),  # noqa: DTZ007
        datetime.strptime(cells[1], "%H:%M:%S").time(),  # noqa: DTZ007
        cells[2],
        Decimal(cost).quantize(PAGE_PLACES),
    )


def rows_of_workbook(content: bytes) -> list[Row]:
    """The report's calls in the form of pages. Checks that the total under them is their sum, in kopecks."""
    lines = [list(row) for row in load_workbook(BytesIO(content)).active.iter_rows(values_only=True)]  # type: ignore[union-attr]
    head = next(i for i, line in enumerate(lines) if line[0] == "Дата")
    titles = [str(title) for title in lines[head]]
    party, cost = titles.index("Собеседник"), next(i for i, title in enumerate(titles) if title.startswith("Стоимость"))
    rows, exact, total = [], Decimal(0), Decimal(0)
    for line in lines[head + 1 :]:
        if isinstance(line[0], datetime):
            moment = line[1] if isinstance(line[1], time) else line[1].time()
            amount = Decimal(str(line[cost]))
            exact += amount
            rows.append((line[0].date(), moment, str(line[party]), amount.quantize(PAGE_PLACES, ROUND_HALF_UP)))
        elif line[cost] is not None:
            total = Decimal(str(line[cost]))
    assert total == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return rows


def attached(letter: EmailMessage) -> bytes:
    (attachment,) = letter.iter_attachments()
    assert str(attachment.get_filename()).startswith("Детализация")
    return bytes(attachment.get_content())


def downloaded(context: BrowserContext, link: str, folder: Path) -> bytes:
    response = context.request.get(link)
    assert response.status == 200
    return response.body()


@pytest.mark.parametrize(
    ("scripts", "customer"),
    [
        pytest.param(True, 2, id="with-scripts"),
        pytest.param(False, 3, id="without-scripts", marks=pytest.mark.full),
    ],
)
def test_from_the_first_password_to_the_report(
    browser: Browser, portal: Portal, tmp_path: Path, scripts: bool, customer: int
) -> None:
    phone = str(portal.demo["logins"][customer]["phone"]).replace(" ", "").replace("-", "")
    context = chromium.context(browser, portal.url, scripts=scripts)
    page = context.new_page()
    complaints = chromium.watch(page)

    password = temporary_password(portal, page, phone)
    enter(page, phone, password)
    expect(page.locator("h1")).to_have_text("Смена пароля")
    page.goto("/orders/")  # every page redirects until the password is changed
    expect(page.locator("h1")).to_have_text("Смена пароля")
    change_password(page, NEW_PASSWORD)
    expect(page.locator("h1")).to_have_text("Мои заказы")  # the page that was requested first
    sign_out(page)

    enter(page, phone, password)  # the temporary password is used a second time
    expect(page.locator("h1")).to_have_text("Авторизация")
    enter(page, phone, NEW_PASSWORD)
    expect(page.locator("h1")).to_have_text("Главная")

    recipient = email_of(portal, phone)
    number = order_report(page)
    letter = portal.wait_for_letter(recipient, number)

    content = attached(letter)
    rows = rows_of_workbook(content)
    shown = rows_on_pages(page)
    assert rows
    assert Counter(rows) == Counter(shown)

    link = link_in(letter)
    assert downloaded(context, link, tmp_path) == content
    check_link(browser, portal, context, link)
    assert complaints == []
    context.close()


def check_link(browser: Browser, portal: Portal, owner: BrowserContext, link: str) -> None:
    """A visitor is redirected to sign-in, another customer gets 404, a changed link is refused with an explanation."""
    nobody = chromium.context(browser, portal.url)
    visitor = nobody.new_page()
    visitor.goto(link)
    assert "/sign-in/" in visitor.url
    other = portal.demo["logins"][0]
    enter(visitor, other["phone"], other["password"])
    visitor.wait_for_url(lambda url: "/sign-in/" not in url)
    assert nobody.request.get(link).status == 404
    nobody.close()
    page = owner.new_page()
    answer = page.goto(link.rstrip("/")[:-3] + "abc/")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("main")).to_contain_text(re.compile("[Сс]сылк"))
    page.close()
