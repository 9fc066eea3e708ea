"""The life of a customer at the desk (4.11, 4.13): from the wizard to the first sign-in, and to the closed account."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.tests.factories import unp_of
from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal, text_of
from sipcabinet.tests.browser.visitors import enter, signed_in

pytestmark = pytest.mark.browser
PASSWORD = "мельница-у-старой-реки"


@pytest.fixture
def desk(browser: Browser, portal: Portal) -> Iterator[Page]:
    """The first page of the desk."""
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    page = context.new_page()
    page.goto("/admin/")
    yield page
    context.close()


def new_customer(desk: Page, serial: int, email: str) -> str:
    """Goes through the wizard, and back once; returns the number that the new customer got."""
    desk.get_by_role("link", name="Новый клиент", exact=True).click()
    desk.get_by_label("Наименование").fill(f"ООО «Мельница {serial}»")
    desk.get_by_label("УНП").fill(unp_of(9000 + serial))
    desk.get_by_label("Юридический адрес").fill("г. Минск, ул. Мельничная, 1")
    desk.get_by_role("button", name="Далее").click()
    desk.get_by_label("Номер договора").fill(f"SIP-9{serial}/Ю")
    desk.get_by_role("button", name="Назад").click()
    expect(desk.get_by_label("Наименование")).to_have_value(f"ООО «Мельница {serial}»")
    desk.get_by_role("button", name="Далее").click()
    expect(desk.get_by_label("Номер договора")).to_have_value(f"SIP-9{serial}/Ю")
    desk.get_by_role("button", name="Далее").click()
    desk.get_by_label("Маска номера").fill("+375 17 270…")
    desk.get_by_role("button", name="Найти номера").click()
    offer = desk.get_by_role("radio", name=re.compile(r"\+375 17 270")).first
    number = str(offer.get_attribute("value"))
    offer.check()
    desk.get_by_label("Тарифный план").select_option(index=1)
    desk.get_by_role("button", name="Далее").last.click()
    desk.get_by_label("E-mail личного кабинета").fill(email)
    desk.get_by_role("button", name="Далее").click()
    expect(desk.get_by_role("main")).to_contain_text("Что произойдёт")
    desk.get_by_role("button", name="Завести клиента").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text(f"Мельница {serial}")
    return f"+{number}"


def test_a_new_customer_signs_in_for_the_first_time(desk: Page, browser: Browser, portal: Portal) -> None:
    complaints = chromium.watch(desk)
    number = new_customer(desk, 1, "first@mill.example")
    letter = portal.wait_for_letter("first@mill.example", "Временный пароль:")
    found = re.search(r"Временный пароль: (\S+)", text_of(letter))
    assert found
    context = chromium.context(browser, portal.url)
    page = context.new_page()
    enter(page, number, found[1])
    page.get_by_label("Новый пароль", exact=True).fill(PASSWORD)
    page.get_by_label("Новый пароль ещё раз").fill(PASSWORD)
    page.get_by_role("button", name="Сменить пароль").click()
    expect(page.get_by_role("main")).to_contain_text("+375 17 270")
    context.close()
    assert complaints == []


@pytest.mark.full
def test_a_number_is_ported_out_and_the_account_closed_with_its_last_invoice(desk: Page, portal: Portal) -> None:
    complaints = chromium.watch(desk)
    number = new_customer(desk, 2, "second@mill.example")
    desk.get_by_role("link", name=re.compile("Отключить…")).first.click()
    desk.get_by_label("Номер переносится к другому оператору").check()
    desk.get_by_label("Основание").fill("заявление № 1 о переносе")
    desk.get_by_role("button", name="Отключить номер").click()
    expect(desk.get_by_role("status")).to_contain_text("Отключено: 1 номер")
    held = portal.query(f"SELECT kind FROM subscribers_numberhold WHERE phone = '{number}' AND ended_at IS NULL")
    assert held == "ported_out"
    desk.get_by_role("link", name="Закрыть лицевой счёт…").click()
    main = desk.get_by_role("main")
    expect(main).to_contain_text("Последний счёт")
    expect(main).to_contain_text("Абонентская плата")
    expect(main).to_contain_text("Останется доплатить")
    desk.get_by_label("Основание").fill("заявление № 2 о расторжении")
    desk.get_by_role("button", name="Закрыть лицевой счёт").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("закрыт")
    expect(desk.get_by_role("link", name="Открыть снова…")).to_be_visible()
    assert complaints == []
