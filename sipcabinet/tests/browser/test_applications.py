"""A journey of the staff: the registered e-mail changes by a written application with its scan (1.1b, 4.2)."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from sipcabinet.lib import clock
from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal, text_of
from sipcabinet.tests.browser.visitors import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.full]
ACCOUNT, NEW = "400100041", "director@pervocvet.example"
OF_ACCOUNT = f"(SELECT id FROM accounts_account WHERE number = '{ACCOUNT}')"


def scan() -> bytes:
    stream = BytesIO()
    Image.new("L", (827, 1169), 250).save(stream, "JPEG")
    return stream.getvalue()


def test_the_email_changes_by_an_application_with_its_scan(browser: Browser, portal: Portal, tmp_path: Path) -> None:
    former = str(portal.query(f"SELECT cabinet_email FROM accounts_account WHERE number = '{ACCOUNT}'"))
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    page = context.new_page()
    complaints = chromium.watch(page)

    page.goto("/admin/")
    page.get_by_role("navigation", name="Разделы кабинета").get_by_role("link", name="Заявления").click()
    page.get_by_role("link", name="Новое заявление").click()
    page.get_by_label("Номер лицевого счёта").fill(ACCOUNT)
    page.get_by_label("О чём заявление").select_option(label="E-mail личного кабинета")
    page.get_by_label("Номер заявления").fill("77")
    page.get_by_label("Дата заявления").fill(clock.show_date(clock.today()))
    page.get_by_label("Скан заявления").set_input_files(
        {"name": "photo.png", "mimeType": "image/png", "buffer": b"<svg onload='alert(1)'/>"}
    )
    page.get_by_role("button", name="Внести в реестр").click()
    expect(page.locator("main")).to_contain_text("Это не скан")
    expect(page.get_by_label("Номер заявления")).to_have_value("77")
    page.get_by_label("Скан заявления").set_input_files(
        {"name": "Заявление 77.jpeg", "mimeType": "image/jpeg", "buffer": scan()}
    )
    page.get_by_role("button", name="Внести в реестр").click()

    expect(page.locator("h1")).to_contain_text("Заявление № 77")
    with page.expect_download() as download:
        page.get_by_role("link", name="Заявление 77.jpg").click()
    assert Path(download.value.path()).read_bytes() == scan()
    page.get_by_label("E-mail из заявления").fill(NEW)
    page.get_by_role("button", name="Показать, что изменится").click()
    for fact in (former, NEW, "на прежний и на новый адрес"):
        expect(page.locator("main")).to_contain_text(fact)
    assert portal.query(f"SELECT cabinet_email FROM accounts_account WHERE number = '{ACCOUNT}'") == former
    page.get_by_role("button", name="Изменить E-mail").click()

    expect(page.locator("main")).to_contain_text("выполнено. E-mail изменён на")
    expect(page.locator("h1")).not_to_contain_text("№ 77")  # the next paper of the queue
    assert NEW in text_of(portal.wait_for_letter(NEW, "изменил зарегистрированный E-mail"))
    assert NEW not in text_of(portal.wait_for_letter(former, "изменил зарегистрированный E-mail"))
    journal = (
        f"SELECT string_agg(action, ' ' ORDER BY id) FROM accounts_auditevent WHERE account_id = {OF_ACCOUNT}"
        " AND details->>'application_id' = (SELECT max(id)::text FROM accounts_writtenapplication WHERE number = '77')"
    )
    assert portal.query(journal) == "application.received application.read application.done"
    assert complaints == []
    context.close()
