"""«Месяц» at the desk: from the checks to the letters, for those who may, and refusals in words (4.7)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AuditEvent, Look, User
from accounts.tests.factories import StaffFactory
from billing.models import DeliveryChoice, Invoice, InvoiceMailing, MonthCalculation, MonthIssue
from billing.services import closing, mailings, month_calculations, month_issues
from billing.tests.issued import OCTOBER, account_with_trunk, issued
from desk.tests.cast import of_role
from notifications.models import Letter
from sipcabinet.lib.periods import Month
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.calls import months as billing_months
from subscribers.models import BillingMonth, CallReject
from subscribers.tests.factories import CallImportFactory, NumberFactory, TariffPlanFactory, TrunkFactory

pytestmark = pytest.mark.django_db
CODE = OCTOBER.code
LIST, ONE, CLOSE = "/admin/months/", f"/admin/months/{CODE}/", f"/admin/months/{CODE}/close/"
ACCOUNTS, LETTERS = f"/admin/months/{CODE}/accounts/", f"/admin/months/{CODE}/letters/"
MOST_QUERIES = 30


@pytest.fixture(autouse=True)
def september_is_closed(at: Callable[[str], Any]) -> None:
    at("2026-11-10 09:00")
    billing_months.close(Month(2026, 9))


@pytest.fixture
def desk() -> Client:
    return signed_in(of_role("billing"))


def calculate(client: Client) -> MonthCalculation:
    assert "Расчёт начат" in text(client.post(ONE, {"do": "calculate"}, follow=True))
    month_calculations.drain()
    return MonthCalculation.objects.get(state="done")


def close(client: Client, **more: Any) -> Any:
    calculation = MonthCalculation.objects.filter(state="done").latest("pk")
    return client.post(CLOSE, {"calculation": calculation.pk, "sure": "on", **more}, follow=True)


def reject() -> None:
    done = CallImportFactory.create(state="done")
    CallReject.objects.create(
        call_import=done, line_no=1, raw="&", code="no_rate", reason="?", content_key="k", source=done.source
    )


def by_letter(account: Account) -> None:
    DeliveryChoice.objects.create(account=account, method="email", addresses=["buh@customer.example"])


def test_a_month_goes_from_its_checks_to_its_letters(desk: Client) -> None:
    account = account_with_trunk()
    by_letter(account)
    assert "Месяц ещё не рассчитан" in text(desk.get(ONE))
    calculate(desk)
    page = words(desk.get(ONE))
    assert "Октябрь 2026: сверка перед закрытием" in page
    assert "ничего ещё не выставлено" in page
    page = words(desk.get(CLOSE))
    assert "Счетов 1 Сумма без НДС 12,00 BYN Сумма с НДС 15,00 BYN Писем клиентам 1" in page.replace("\u00a0", " ")
    assert "Октябрь 2026 закрыт, счета выставляются" in text(close(desk))
    assert "Ждёт свободного обработчика" in text(desk.get(ONE))
    month_issues.drain()
    page = words(desk.get(ONE)).replace("\u00a0", " ")
    assert "Выставлено с НДС 15,00 BYN" in page
    assert "Ждут отправки 1" in page
    mailings.drain()
    Letter.objects.update(state="done")
    assert "Отправлено 1" in words(desk.get(ONE))
    assert "buh@customer.example" in text(desk.get(f"{LETTERS}?state=sent"))
    assert Invoice.objects.get().account == account


def test_the_first_page_and_the_navigation_lead_here(desk: Client) -> None:
    page = text(desk.get("/admin/"))
    assert f'<a href="{ONE}">' in page
    assert f'href="{LIST}"' in page


def test_the_list_shows_how_far_each_month_is(desk: Client) -> None:
    account = account_with_trunk()
    page = words(desk.get(LIST))
    assert "Октябрь 2026 можно закрыть" in page
    assert "Сентябрь 2026 закрыт" in page
    issued(account)
    closing.run(month=OCTOBER)
    page = words(desk.get(LIST)).replace("\u00a0", " ")
    assert "Ноябрь 2026 идёт" in page
    assert "12,00 3,00 15,00" in page


def test_what_stands_in_the_way_is_said_and_nothing_is_closed(desk: Client) -> None:
    account_with_trunk()
    calculate(desk)
    CallImportFactory.create(state="waiting")
    page = text(desk.get(CLOSE))
    assert "Идёт импорт звонков: 1" in page
    assert "Закрыть месяц и выставить счета" not in page
    close(desk)
    assert not billing_months.closed(OCTOBER)


def test_rejected_calls_are_overridden_with_a_reason(desk: Client) -> None:
    account_with_trunk()
    reject()
    calculate(desk)
    assert "Закрыть несмотря на записи и выставить счета" in text(desk.get(CLOSE))
    assert "Укажите, почему месяц закрывается" in text(close(desk))
    assert not billing_months.closed(OCTOBER)
    close(desk, reason="Записи чужого оператора")
    assert billing_months.closed(OCTOBER)
    assert AuditEvent.objects.get(action="month.closed").details["despite"] == "Записи чужого оператора"
    assert "Записи чужого оператора" in text(desk.get(ONE))


def test_without_the_right_rejected_calls_stand_in_the_way() -> None:
    user = StaffFactory.create(is_superuser=False)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_monthissue", "close_month"]))
    client = signed_in(User.objects.get(pk=user.pk))
    account_with_trunk()
    reject()
    calculate(client)
    assert '<form method="post" class="stack"' not in text(client.get(CLOSE))
    close(client, reason="Очень надо")
    assert not billing_months.closed(OCTOBER)


def test_who_has_not_confirmed_closes_nothing_and_keeps_what_was_typed(desk: Client) -> None:
    account_with_trunk()
    reject()
    calculation = calculate(desk)
    page = text(desk.post(CLOSE, {"calculation": calculation.pk, "reason": "Записи чужого оператора"}))
    assert "Подтвердите, что сверка просмотрена" in page
    assert 'value="Записи чужого оператора"' in page
    assert not billing_months.closed(OCTOBER)


def test_a_month_is_not_closed_before_its_calculation_or_its_end(desk: Client, at: Callable[[str], Any]) -> None:
    account_with_trunk()
    assert "Месяц не рассчитан" in text(desk.get(CLOSE))
    at("2026-10-31 12:00")
    desk = signed_in(of_role("billing"))
    calculate(desk)
    page = text(desk.get(ONE))
    assert "Предварительный расчёт" in page
    assert CLOSE not in page
    assert "ещё не закончился" in text(desk.get(CLOSE))
    at("2026-11-10 09:00")
    assert "Месяц не рассчитан" in text(signed_in(of_role("billing")).get(CLOSE))


@pytest.mark.parametrize("role", ["support", "catalogue", "network"])
def test_others_see_no_month(role: str) -> None:
    client = signed_in(of_role(role))
    for url in (LIST, ONE, CLOSE, ACCOUNTS, LETTERS):
        assert client.get(url).status_code == client.post(url).status_code == 403
    assert LIST not in text(client.get("/admin/"))


def test_the_auditor_sees_all_and_does_nothing(desk: Client) -> None:
    account_with_trunk()
    calculate(desk)
    client = signed_in(of_role("auditor"))
    page = text(client.get(ONE))
    assert "Пересчитать" not in page
    assert CLOSE not in page
    assert client.post(ONE, {"do": "calculate"}).status_code == 403
    assert client.get(CLOSE).status_code == client.post(CLOSE).status_code == 403
    assert MonthCalculation.objects.count() == 1
    assert not MonthIssue.objects.exists()


def test_the_issuing_is_stopped_gone_on_with_and_repeated(desk: Client) -> None:
    bad = account_with_trunk()
    NumberFactory.create(trunk=TrunkFactory.create(account=bad), plan=TariffPlanFactory.create(kind="number"))
    account_with_trunk()
    calculate(desk)
    assert "На 01.10.2026 не задана цена: SIP-номер" in text(desk.get(ONE))
    close(desk)
    assert "Выставление остановлено" in text(desk.post(ONE, {"do": "stop"}, follow=True))
    month_issues.drain()
    assert not Invoice.objects.exists()
    assert "останавливать нечего" in text(desk.post(ONE, {"do": "stop"}, follow=True))
    assert "продолжается" in text(desk.post(ONE, {"do": "go-on"}, follow=True))
    month_issues.drain()
    assert "Не выставлены" in text(desk.get(ONE))
    assert "ещё раз" in text(desk.post(ONE, {"do": "retry"}, follow=True))
    month_issues.drain()
    assert Invoice.objects.count() == 1


def test_the_progress_is_told_until_the_work_ends(desk: Client) -> None:
    account_with_trunk()
    desk.post(ONE, {"do": "calculate"})
    assert 'id="month-progress"' in text(desk.get(f"{ONE}?progress=1"))
    month_calculations.drain()
    answer = desk.get(f"{ONE}?progress=1")
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


def test_accounts_are_listed_by_mark_and_by_number_and_as_a_file(desk: Client) -> None:
    accounts = [account_with_trunk() for _ in range(3)]
    assert desk.get(ACCOUNTS).status_code == 302
    calculate(desk)
    assert all(one.number in text(desk.get(f"{ACCOUNTS}?mark=new")) for one in accounts)
    assert "Таких лицевых счетов нет" in text(desk.get(f"{ACCOUNTS}?mark=lost"))
    page = text(desk.get(f"{ACCOUNTS}?account={accounts[1].number}"))
    assert accounts[1].number in page
    assert accounts[0].number not in page
    assert desk.get(f"{ACCOUNTS}?mark=none&account=1&onward=x").status_code == 200
    answer = desk.get(f"{ACCOUNTS}?format=csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 4
    assert Look.objects.filter(kind="file", account=None).exists()


def test_the_pdf_of_any_invoice_is_seen_before_it_is_issued(desk: Client) -> None:
    account = account_with_trunk()
    url = reverse("admin:desk_month_preview", args=[CODE, account.pk])
    answer = desk.get(url)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    assert content.startswith(b"%PDF")
    assert Look.objects.get(kind="file").account == account
    assert not Invoice.objects.exists()
    invoice = issued(account)
    assert desk.get(url).headers["Location"] == reverse("admin:billing_invoice_file", args=[invoice.pk, "invoice"])


def test_an_invoice_that_cannot_be_counted_has_no_pdf(desk: Client) -> None:
    bad = account_with_trunk()
    NumberFactory.create(trunk=TrunkFactory.create(account=bad), plan=TariffPlanFactory.create(kind="number"))
    answer = desk.get(reverse("admin:desk_month_preview", args=[CODE, bad.pk]), follow=True)
    assert "не задана цена" in text(answer)


def test_letters_are_counted_by_what_became_of_them(desk: Client) -> None:
    sent, refused, waiting, own = (account_with_trunk() for _ in range(4))
    for account in (sent, refused, waiting):
        by_letter(account)
    for account in (sent, refused, own):
        issued(account)
    mailings.drain()
    Letter.objects.filter(account=sent).update(state="done")
    Letter.objects.filter(account=refused).update(state="refused", smtp_code=550)
    issued(waiting)
    page = words(desk.get(f"{LETTERS}?state=refused"))
    assert "Отправлено 1 Не доставлено 1 Ждут отправки 1 Получают сами 1" in page
    for state, account in {"sent": sent, "refused": refused, "waiting": waiting, "self": own}.items():
        shown = desk.get(f"{LETTERS}?state={state}").context["rows"]
        assert [mailing.account for mailing, _letters in shown] == [account]
    mailing = InvoiceMailing.objects.get(account=refused)
    mailings.resend(mailing=mailing, user=StaffFactory.create())
    assert "Не доставлено 0 Ждут отправки 2" in words(desk.get(LETTERS))
    assert desk.get(f"{LETTERS}?state=lost").status_code == 404


def test_a_month_closed_by_an_interrupted_command_is_finished_here(desk: Client) -> None:
    account_with_trunk()
    billing_months.close(OCTOBER)
    assert "Месяц закрыт без этой страницы" in text(desk.get(ONE))
    assert "Недостающие счета выставляются" in text(desk.post(ONE, {"do": "mend"}, follow=True))
    month_issues.drain()
    assert Invoice.objects.count() == 1
    assert "Месяц закрыт без этой страницы" not in text(desk.get(ONE))


@pytest.mark.parametrize("code", ["2026-13", "1999-01", "2027-01", "x"])
def test_other_months_are_missing(desk: Client, code: str) -> None:
    assert desk.get(f"/admin/months/{code}/").status_code == 404
    assert desk.get(f"/admin/months/{code}/close/").status_code == 404


def test_changes_after_the_calculation_are_told(desk: Client) -> None:
    account = account_with_trunk()
    calculate(desk)
    assert "После расчёта что-то изменилось" not in text(desk.get(ONE))
    TrunkFactory.create(
        account=account, plan=TariffPlanFactory.create(), connected_at=datetime(2026, 10, 5, tzinfo=UTC)
    )
    assert "изменились номера или услуги" in text(desk.get(ONE))
    assert "изменились номера или услуги" in text(desk.get(CLOSE))


def test_the_review_takes_as_many_queries_for_any_number_of_accounts(desk: Client) -> None:
    counts = []
    for _round in range(2):
        for _ in range(3):
            issued(account_with_trunk(), Month(2026, 9), date(2026, 10, 10))
        MonthCalculation.objects.all().delete()
        calculate(desk)
        desk.get(ONE)
        with CaptureQueriesContext(connection) as queries:
            desk.get(ONE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST_QUERIES


def test_what_is_issued_already_is_not_promised_again(desk: Client) -> None:
    first, second = account_with_trunk(), account_with_trunk()
    for account in (first, second):
        by_letter(account)
    issued(first)
    BillingMonth.objects.filter(month=OCTOBER.first_day).update(closed_at=None)
    calculate(desk)
    page = words(desk.get(CLOSE)).replace("\u00a0", " ")
    assert "Счетов 1 Сумма без НДС 12,00 BYN Сумма с НДС 15,00 BYN Выставлено раньше 1 Писем клиентам 1" in page
