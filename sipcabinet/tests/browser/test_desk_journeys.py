"""What staff do while a customer waits on the telephone: search, see, act; the journal keeps it (4.1, 4.2, 4.10)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sipcabinet.lib.periods import Month
from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal
from sipcabinet.tests.browser.visitors import signed_in

pytestmark = pytest.mark.browser
PHONE = "8 (044) 711-20-30"
LAST_MONTH = Month.current().shift(-1)
# A month that was closed is open again, for a customer who has no invoice of it yet: the demo closes every month that
# is over.
REOPENED = f"""
from accounts.models import Account
from accounts.tests.factories import AccountFactory
from billing.models import DeliveryChoice, MonthCalculation, MonthIssue
from sipcabinet.lib.periods import Month
from subscribers.models import BillingMonth, CallImport, CallReject, TariffPlan
from subscribers.tests.factories import TrunkFactory
month = Month.parse("{LAST_MONTH.code}")
account = AccountFactory.create(customer__name="ООО «Новый клиент»", opened_on=month.first_day)
TrunkFactory.create(account=account, plan=TariffPlan.objects.filter(kind="trunk").first(), connected_at=month.start)
DeliveryChoice.objects.create(account=account, method="email", addresses=["buh@new-customer.example"])
BillingMonth.objects.filter(month=month.first_day).update(closed_at=None)
MonthIssue.objects.all().delete()
MonthCalculation.objects.all().delete()
CallReject.objects.filter(state="waiting").update(state="dismissed")
"""
MAILINGS = "SELECT count(*) FROM billing_mailingletter"


@pytest.fixture
def desk(browser: Browser, portal: Portal) -> Iterator[Page]:
    """The first page of the desk."""
    context = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    page = context.new_page()
    page.goto("/admin/")
    yield page
    context.close()


def test_a_call_is_answered_in_two_clicks(desk: Page, portal: Portal) -> None:
    complaints = chromium.watch(desk)
    before = portal.query(MAILINGS)
    desk.keyboard.press("/")
    desk.keyboard.type(PHONE)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/admin/customers/*/")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Северный ветер")
    expect(desk.get_by_text("Баланс").first).to_be_visible()
    desk.get_by_role("link", name="Отправить счёт ещё раз").first.click()
    desk.get_by_role("button", name="Отправить счёт").click()
    expect(desk.get_by_role("status")).to_contain_text("отправляется")
    assert portal.query(MAILINGS) > before
    assert complaints == []


def test_who_looks_at_calls_stands_in_the_journal(desk: Page) -> None:
    desk.get_by_role("link", name="Поиск звонков").click()
    desk.get_by_label("Номер абонента").fill(PHONE)
    desk.get_by_label("Месяц").select_option(LAST_MONTH.code)
    desk.get_by_role("main").get_by_role("button").first.click()
    expect(desk.get_by_role("table").first).to_be_visible()
    desk.get_by_role("link", name="Журнал", exact=True).first.click()
    expect(desk.get_by_role("table").first).to_contain_text("Ольга Станкевич")
    expect(desk.get_by_role("main")).to_contain_text("Звонки: +375 44 711-20-30")


def test_a_month_is_reviewed_closed_issued_and_its_letters_go_out(desk: Page, portal: Portal) -> None:
    portal.manage("shell", "-c", REOPENED)
    complaints = chromium.watch(desk)
    desk.get_by_role("link", name="Месяц", exact=True).click()
    desk.get_by_role("link", name=LAST_MONTH.label_title).click()
    desk.get_by_role("button", name="Рассчитать").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("сверка перед закрытием", timeout=30_000)
    expect(desk.get_by_role("table", name="Новые")).to_contain_text("ООО «Новый клиент»")
    desk.get_by_role("link", name="Закрыть месяц…").click()
    expect(desk.get_by_role("main")).to_contain_text("Отменить нельзя")
    desk.get_by_role("checkbox").check()
    desk.get_by_role("button", name="Закрыть месяц и выставить счета").click()
    expect(desk.get_by_text("закрыт, счета выставляются")).to_be_visible()
    portal.wait_for_letter("buh@new-customer.example", LAST_MONTH.label)
    expect(desk.locator("#month-progress")).to_have_count(0, timeout=30_000)  # then the page has loaded itself again
    desk.reload()
    desk.locator("a[href*='state=sent']").click()
    expect(desk.get_by_role("main")).to_contain_text("buh@new-customer.example")
    assert complaints == []
