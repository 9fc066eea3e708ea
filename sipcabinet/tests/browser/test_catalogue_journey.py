"""A journey of the staff: a new price from the 1st → re-rated → right on the customer's page (4.3, 4.5)."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from sipcabinet.lib import clock, money
from sipcabinet.lib.periods import Month
from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.visitors import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.full]
# The first customer's dearest answered call of the open month to another network or country, all of it charged.
CALL = """
SELECT c.id FROM subscribers_callrecord c JOIN accounts_user u ON u.account_id = c.account_id
JOIN subscribers_destination d ON d.id = c.destination_id
WHERE u.phone = '{phone}' AND c.month = '{month}' AND c.direction = 'out' AND c.included_seconds = 0 AND c.cost > 0
    AND d.code <> 'on-net' AND NOT EXISTS (SELECT FROM subscribers_subscriber s WHERE s.phone = c.other_party)
ORDER BY c.cost DESC LIMIT 1
"""
PRICE = "0.011111"
ABROAD = "id,caller,called,start,talk\njourney,{caller},+48221234567,{start},45\n"


def call_abroad(portal: Portal) -> None:
    """Imports a call of this moment: on the first day of a month the demo has no calls of that month."""
    file = portal.folder / "abroad.csv"
    start = clock.minsk(clock.now()) - timedelta(seconds=50)
    caller = re.sub(r"[^0-9]", "", portal.demo["logins"][0]["phone"])
    file.write_text(ABROAD.format(caller=caller, start=f"{start:%Y-%m-%d %H:%M:%S}"))
    portal.manage("import_calls", "--format", "generic", "--source", "journey", str(file))


def test_a_new_price_from_the_first_is_re_rated_and_right_for_the_customer(browser: Browser, portal: Portal) -> None:
    month = Month.current()
    call_abroad(portal)
    phone = re.sub(r"[ -]", "", portal.demo["logins"][0]["phone"])
    call = portal.query(CALL.format(phone=phone, month=month.first_day))

    def of_call(column: str) -> object:
        return portal.query(f"SELECT {column} FROM subscribers_callrecord WHERE id = {call}")

    called = str(of_call("other_party"))
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    page = context.new_page()
    complaints = chromium.watch(page)
    page.goto("/admin/")
    page.get_by_role("navigation", name="Разделы кабинета").get_by_role("link", name="Каталог и цены").click()
    page.get_by_role("link", name="Новый тариф").click()
    page.get_by_label("Префикс").fill(called[1:])
    page.get_by_label("Направление").select_option(label="Остальной мир")
    page.get_by_label("Цена минуты").fill(PRICE.replace(".", ","))
    page.get_by_label("Действует с").fill(f"{month.first_day:%Y-%m-%d}")
    page.get_by_role("button", name="Проверить").click()

    main = page.locator("main")
    expect(main).to_contain_text("ничего ещё не изменено")
    expect(main).to_contain_text("Принятые звонки, которые нужно пересчитать")
    page.get_by_role("button", name="Принять 1 изменение").click()
    expect(main).to_contain_text("посчитаны по прежним ценам")
    page.get_by_role("link", name="К пересчёту").click()
    before = of_call("cost")
    page.get_by_role("button", name=f"Пробный пересчёт за {month.label}").click()
    newest = page.locator(".account").filter(has_text=month.label_title).first  # other months have runs too
    expect(newest).to_contain_text("изменилось бы:", timeout=30_000)
    assert of_call("cost") == before
    page.reload()
    page.get_by_role("button", name=f"Пересчитать {month.label}").click()
    expect(newest).to_contain_text("изменилось:", timeout=30_000)
    assert str(of_call("price_per_minute")) == PRICE
    assert complaints == []
    context.close()

    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "owner"))
    page = context.new_page()
    shown_day = clock.minsk(of_call("started_at"))  # type: ignore[arg-type]
    page.goto(f"/subscribers/{of_call('subscriber_id')}/calls/?month={month.code}&kind=out&number={called[-7:]}")
    row = page.get_by_role("row").filter(has_text=f"{shown_day:%H:%M:%S}").first
    expect(row).to_contain_text(money.show(of_call("cost"), 4))  # type: ignore[arg-type]
    expect(row).to_contain_text("Остальной мир")
    context.close()
