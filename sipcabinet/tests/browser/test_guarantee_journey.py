"""A payment is promised, accepted at the desk, lifts the restriction, and runs out: calls are barred again (2.2.3)."""

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.tests.factories import PASSWORD
from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.newcomers import Newcomer, newcomer
from sipcabinet.tests.browser.portal import Portal, text_of
from sipcabinet.tests.browser.visitors import enter, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.full]
BARRED = "Исходящие звонки ограничены"
OWES = """
from billing.services import debts
from billing.tests.debtors import debt_of, owes
from sipcabinet.lib.periods import Month
due = clock.today() - timedelta(days=20)
invoice = owes(account, month=Month.current().shift(-2).code, issued_on=due - timedelta(days=15), due_on=due)
debts.restrict(account=account, debt=debt_of(invoice))
"""
# The morning of the first working day after the guarantee: the run of the day looks at this account alone.
LATER = """
from datetime import datetime, time, timedelta
from billing.models import PaymentGuarantee
from billing.selectors import statement_coverage, workdays
from billing.services import dunning
from sipcabinet.lib import clock
promise = PaymentGuarantee.objects.get(account__number={number!r})
day = workdays.first_from(promise.valid_until + timedelta(days=1))
statement_coverage.complete_through = lambda: day - timedelta(days=1)
dunning.statement_coverage.keep = lambda _through: None
dunning.to_look_at = lambda: [promise.account]
with clock.at(datetime.combine(day, time(10), tzinfo=clock.MINSK)):
    print(dunning.run_due())
"""
SENT_NOW = "UPDATE notifications_letter SET due_at = now() WHERE recipient = '{}' AND state = 'waiting' RETURNING 1"


@pytest.fixture
def debtor(portal: Portal) -> Newcomer:
    """A customer whose calls are restricted for a debt."""
    return newcomer(
        portal, "ООО «Долгий срок»", number="700200011", phone="+375447200011", email="dolg@srok.example", more=OWES
    )


def promise(page: Page) -> None:
    page.goto("/guarantees/register/")
    page.get_by_role("button", name="Далее").click()
    page.get_by_role("button", name="Зарегистрировать платёж").click()
    expect(page.get_by_role("main")).to_contain_text("на рассмотрении")


def accept(page: Page, debtor: Newcomer) -> None:
    """From the customer's page, as during a telephone call."""
    page.goto(f"/admin/customers/{debtor.pk}/")
    expect(page.get_by_role("main")).to_contain_text("ограничен за долг")
    page.get_by_role("link", name="Принять или отклонить…").click()
    expect(page.get_by_role("main")).to_contain_text("Действующее ограничение снимется сразу.")
    page.get_by_role("radio", name="принять").check()
    page.get_by_role("button", name="Записать решение").click()
    expect(page.get_by_role("main")).to_contain_text(": принято")
    page.goto(f"/admin/customers/{debtor.pk}/")
    expect(page.get_by_role("main")).not_to_contain_text("ограничен за долг")


def test_a_promise_lifts_the_restriction_until_it_runs_out(browser: Browser, portal: Portal, debtor: Newcomer) -> None:
    theirs = chromium.context(browser, portal.url)
    ours = chromium.context(browser, portal.url, cookies=signed_in(browser, portal, "staff"))
    customer, desk = theirs.new_page(), ours.new_page()
    complaints = [*chromium.watch(customer), *chromium.watch(desk)]
    number = f"/subscribers/{debtor.trunk}/"

    enter(customer, debtor.phone, PASSWORD)
    customer.goto(number)
    expect(customer.get_by_role("main")).to_contain_text(BARRED)
    promise(customer)
    accept(desk, debtor)
    assert "Ограничение исходящих звонков снято" in text_of(portal.wait_for_letter(debtor.email, "принял"))
    customer.goto(number)
    expect(customer.get_by_role("main")).not_to_contain_text(BARRED)

    assert "expired=1" in portal.manage("shell", "-c", LATER.format(number=debtor.number))
    assert portal.query(SENT_NOW.format(debtor.email)) == 1
    customer.goto(number)
    expect(customer.get_by_role("main")).to_contain_text(BARRED)
    customer.goto("/guarantees/")
    expect(customer.get_by_role("main")).to_contain_text("просрочено")
    desk.goto(f"/admin/customers/{debtor.pk}/")
    expect(desk.get_by_role("main")).to_contain_text("ограничен за долг")
    portal.wait_for_letter(debtor.email, "действовало по")
    assert complaints == []
    theirs.close()
    ours.close()
