"""A letter is refused by the mail server, seen at the desk, and sent again once the address is mended (4.1, 4.2)."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from desk.tests.papers import PDF
from sipcabinet.lib import clock
from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.newcomers import Newcomer, newcomer
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.visitors import signed_in
from sipcabinet.tests.processes import until

pytestmark = [pytest.mark.browser, pytest.mark.full]
SUBJECT, TEXT, NEW = "Плановые работы в ночь на субботу", "Связи не будет с двух до трёх.", "office@tihaya.example"
LETTER = f"""
from notifications.services import letters
told = {{"account": account, "title": {SUBJECT!r}, "text": {TEXT!r}, "link": "https://cabinet.example/"}}
letters.write(kind="announcement", recipient=account.cabinet_email, account_id=account.pk, context=told)
"""
REFUSED = "SELECT count(*) FROM notifications_letter WHERE recipient = '{}' AND state = 'refused' AND smtp_code = 550"
MOST = 20  # letters of the queue that the journey passes by


@pytest.fixture
def silent(portal: Portal) -> Newcomer:
    """A customer whose registered E-mail the mail server refuses."""
    return newcomer(
        portal, "ООО «Тихая»", number="700200029", phone="+375447200029", email="office@tihaya.invalid", more=LETTER
    )


def find_in_the_queue(page: Page) -> None:
    """From the first page of the desk, letter by letter."""
    page.goto("/admin/")
    row = page.get_by_role("row", name="Письма не доставлены")
    row.get_by_role("link", name="Разобрать").click()
    for _letter in range(MOST):
        if page.get_by_role("heading", level=1).inner_text() == SUBJECT:
            return
        page.get_by_role("link", name="Следующий").click()
    raise AssertionError("the letter is not in the queue")


def mend_the_address(page: Page) -> None:
    page.get_by_role("link", name="Адрес неверен? Внесите заявление").click()
    page.get_by_label("Номер заявления").fill("5")
    page.get_by_label("Дата заявления").fill(clock.show_date(clock.today()))
    scan = {"name": "Заявление 5.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.get_by_label("Скан заявления").set_input_files(scan)  # type: ignore[arg-type]
    page.get_by_role("button", name="Внести в реестр").click()
    page.get_by_label("E-mail из заявления").fill(NEW)
    page.get_by_role("button", name="Показать, что изменится").click()
    page.get_by_role("button", name="Изменить E-mail").click()
    expect(page.get_by_role("main")).to_contain_text("E-mail изменён на")


def test_a_refused_letter_arrives_at_the_mended_address(
    browser: Browser, portal: Portal, silent: Newcomer, tmp_path: Path
) -> None:
    until(lambda: portal.query(REFUSED.format(silent.email)) == 1, seconds=30, what="the letter is refused", every=0.2)
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    page = context.new_page()
    complaints = chromium.watch(page)
    find_in_the_queue(page)
    expect(page.get_by_role("main")).to_contain_text("550 5.1.2 no such domain")
    mend_the_address(page)

    page.goto(f"/admin/customers/{silent.pk}/")
    box = page.locator(".waiting > *").filter(has_text=SUBJECT)
    expect(box).to_contain_text("no such domain")
    box.get_by_role("link", name="Отправить ещё раз…").click()
    expect(page.get_by_role("radio", name=NEW)).to_be_checked()
    expect(page.get_by_role("radio")).to_have_count(1)  # the former address is not offered
    page.get_by_role("button", name="Отправить ещё раз").click()
    expect(page.get_by_role("status").first).to_contain_text(f"отправляется: {NEW}")
    letter = portal.wait_for_letter(NEW, TEXT)
    assert letter["Subject"] == SUBJECT
    expect(page.locator(".waiting > *").filter(has_text=SUBJECT)).to_have_count(0)
    assert complaints == []
    context.close()
