"""The administrator gives a colleague the role «Поддержка»: he sees and does exactly that (4.2, 4.10)."""

import base64

import pytest
from django_otp.oath import totp
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.visitors import enter, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.full]
NAME, PHONE, PASSWORD = "Янка Лозовский", "+375447200037", "тридцать-три-аиста-над-полем"
CUSTOMER = "8 (044) 711-20-30"
# Written by hand: what the role sees: nothing of months, reports, files of calls, or the operator's face.
NAVIGATION = [
    *("Рабочий стол", "Клиенты", "Новый клиент", "Клиенты из файла", "Номерная ёмкость", "Запланировано"),
    *("Гарантии", "Заявления", "Невыясненные платежи", "Возвраты плательщикам", "Возвраты платежей"),
    *("Отклонённые звонки", "Звонки на проверке", "Тревоги"),
    *("Письма не доставлены", "Ошибки коммутатора", "Выписки", "Платежи", "Счета", "Корректировки", "Поправки"),
    *("Дебиторы", "Акты сверки", "Поиск звонков", "Отклонённые по причинам", "Повторы звонков"),
    *("Каталог и цены", "Сколько стоит звонок"),
    *("Тарифные планы", "Тарифы", "Услуги", "Коммутатор", "Коммутатор сейчас"),
    *("Письма", "Заказы документов", "Объявления"),
    *("Логины и сотрудники", "Роли", "Журнал", "Все таблицы"),
]
REFUSED = ("/admin/face/", "/admin/announcements/new/", "/admin/billing/payment/add/", "/admin/auth/group/")
FRESH = "UPDATE otp_totp_totpdevice SET last_t = -1 RETURNING 1"  # the code of this half minute counts again


def code_of(secret: str) -> str:
    padded = secret.replace(" ", "").upper()
    return f"{totp(base64.b32decode(padded + '=' * (-len(padded) % 8))):06d}"


def give_the_role(page: Page, portal: Portal) -> None:
    """The superuser adds the colleague, after password and code."""
    page.goto("/admin/accounts/user/add/")
    page.get_by_label("Пароль").first.fill(portal.demo["staff"]["password"])
    portal.query(FRESH)
    page.get_by_label("Код").fill(code_of(portal.demo["staff"]["secret"]))
    page.get_by_role("button", name="Подтвердить").click()
    page.get_by_label("номер телефона").fill(PHONE)
    page.get_by_label("имя").fill(NAME)
    page.get_by_label("Новый пароль").fill(PASSWORD)
    page.locator("select[name=groups]").select_option(label="Поддержка")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text(NAME)


def come_in(context: BrowserContext) -> Page:
    """The colleague signs in, and turns on the second factor that staff must have."""
    page = context.new_page()
    enter(page, PHONE, PASSWORD)
    page.get_by_label("Пароль").first.fill(PASSWORD)
    page.get_by_role("button", name="Далее").click()
    page.get_by_label("Код").fill(code_of(page.locator("code").first.inner_text()))
    page.get_by_role("button", name="Включить").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/admin/")
    return page


def test_a_colleague_with_the_role_sees_and_does_exactly_that(browser: Browser, portal: Portal) -> None:
    ours = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    give_the_role(ours.new_page(), portal)
    portal.cookies["staff"] = ours.storage_state()  # the confirmation gave the session a new key
    context = chromium.context(browser, portal.url)
    page = come_in(context)
    complaints = chromium.watch(page)

    links = page.get_by_role("navigation", name="Разделы кабинета").get_by_role("link").all()
    assert [link.inner_text().strip().splitlines()[0] for link in links] == NAVIGATION

    page.get_by_role("link", name="Поиск звонков").click()
    page.get_by_label("Номер абонента").fill(CUSTOMER)
    page.get_by_label("Месяц").select_option(index=1)  # the present month may have begun just now, without a call
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("table").first).to_be_visible()
    page.get_by_role("link", name="Журнал", exact=True).first.click()
    line = page.get_by_role("row").filter(has_text="Звонки: +375 44 711-20-30").filter(has_text=NAME)
    expect(line).to_have_count(1)
    assert complaints == []

    page.goto("/admin/")
    page.keyboard.press("/")
    page.keyboard.type(CUSTOMER)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/customers/*/")
    expect(page.get_by_role("link", name="Принять или отклонить…")).to_have_count(0)
    page.get_by_role("link", name="Отправить счёт ещё раз").first.click()
    page.get_by_role("button", name="Отправить счёт").click()
    expect(page.get_by_role("status").or_(page.get_by_role("alert")).first).to_be_visible()

    for path in REFUSED:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403, path
    context.close()
    ours.close()
