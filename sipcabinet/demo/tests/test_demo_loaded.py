"""The demo operator has data for every page. It is loaded once for all of these tests."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from io import BytesIO, StringIO
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings, settings
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.test import Client, override_settings
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from openpyxl import load_workbook
from pypdf import PdfReader
from pytest_django import DjangoDbBlocker
from stdnum import iban
from stdnum.by import unp

from accounts.models import Account, AuditEvent, Customer, SignIn, User
from billing.models import (
    Correction,
    DebtRestriction,
    Document,
    DocumentOrder,
    Invoice,
    InvoiceFileKind,
    LedgerEntry,
    PaymentGuarantee,
    SuspensePayment,
)
from billing.selectors import invoice_lines, standing
from billing.services import invoice_files, ledger_check
from notifications.models import Letter
from sipcabinet.demo.tests.demo import NOON, SMALL, fingerprint, load
from sipcabinet.lib import clock, files, money
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.kept import kept_rows
from subscribers.models import (
    CallDailyTotal,
    CallImport,
    CallRecord,
    CallReject,
    ChannelAssignment,
    Charge,
    PlanTerms,
    Rate,
    Subscriber,
)
from subscribers.selectors import charges

pytestmark = [pytest.mark.django_db, pytest.mark.full]  # the journeys of bin/test load the demo too


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    import_module(settings.ROOT_URLCONF)  # imported before DEMO is set, which would add the URLs of the mailbox
    folder = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path_factory.mktemp("demo")},
    }
    with (
        override_settings(DEMO=True, STORAGES={**settings.STORAGES, "default": folder}),
        time_machine.travel(NOON, tick=False),
        kept_rows(django_db_blocker),
    ):
        yield load("--seed", "5")


# --- What is loaded --------------------------------------------------------------------------------------------------
def test_everything_has_something_to_show(loaded: dict[str, Any]) -> None:
    assert Customer.objects.count() == Account.objects.count() == 4
    sizes = Account.objects.order_by("number").values_list("number", flat=True)
    assert [Subscriber.objects.filter(account__number=number).count() for number in sizes] == [25, 3, 4, 3]
    assert PlanTerms.objects.count() == 2
    assert Rate.objects.filter(prefix="", is_short=False, price_per_minute="1.456").exists()
    assert CallRecord.objects.count() > 780
    assert CallReject.objects.exists()
    assert {row.outcome for row in SignIn.objects.all()} == {"ok", "refused"}
    assert AuditEvent.objects.filter(account__isnull=False).count() > 50


def test_the_four_are_who_they_should_be(loaded: dict[str, Any]) -> None:
    debtor = Account.objects.get(number="400100033")
    assert set(debtor.subscribers.values_list("status", flat=True)) == {"restricted"}
    young = Account.objects.get(number="400100041")
    assert timedelta(days=60) < clock.today() - young.contract_date < timedelta(days=89)
    assert Subscriber.objects.get(label="Резерв").status == "closed"
    for customer in Customer.objects.all():
        assert unp.is_valid(customer.unp)
        assert iban.is_valid(customer.iban)


def test_a_change_of_channels_keeps_one_trunk_locked(loaded: dict[str, Any]) -> None:
    """Only a change locks: a package of channels that came with the connection does not."""
    locked = ChannelAssignment.objects.filter(locked_until__gt=clock.now())
    assert [row.started_by is not None for row in locked] == [True]


def test_files_were_taken_in_without_a_gap(loaded: dict[str, Any]) -> None:
    sums = CallImport.objects.aggregate(*map(Sum, ("read_count", "new_count", "duplicate_count", "rejected_count")))
    read_count, *parts = sums.values()
    assert read_count == sum(parts)
    ends = set(CallImport.objects.values_list("state", "source__format"))
    assert ends == {("done", "freeswitch"), ("done", "asterisk")}
    assert CallDailyTotal.objects.aggregate(sum=Sum("calls"))["sum"] == CallRecord.objects.count()
    assert CallReject.objects.count() == sums["rejected_count__sum"]


def test_no_call_is_of_the_future_or_of_a_closed_number(loaded: dict[str, Any]) -> None:
    assert not CallRecord.objects.filter(started_at__gt=clock.now()).exists()
    reserve = Subscriber.objects.get(label="Резерв")
    assert not reserve.calls.filter(started_at__gte=reserve.closed_at).exists()


def test_orders_are_in_every_state(loaded: dict[str, Any]) -> None:
    assert set(DocumentOrder.objects.values_list("state", flat=True)) == {JobState.DONE, JobState.WAITING}
    assert set(Letter.objects.values_list("state", "smtp_code")) == {(JobState.DONE, 250), (JobState.REFUSED, 552)}
    waiting = DocumentOrder.objects.get(state=JobState.WAITING)
    assert waiting.due_at - waiting.created_at >= timedelta(hours=23)
    for document in Document.objects.select_related("order"):
        assert document.size > 0
        assert document.order.created_at < document.made_at < clock.now()


def sign_in(browser: Client, login: dict[str, str]) -> Any:
    fields = {"category": "mobile", "phone": login["phone"], "password": login["password"]}
    return browser.post(reverse("accounts:sign_in"), fields)


def test_the_logins_are_true(loaded: dict[str, Any], settings: LazySettings) -> None:
    assert [len(login) for login in loaded["logins"]] == [4] * 5
    for login in loaded["logins"]:
        browser = Client()
        assert sign_in(browser, login).status_code == 302, login
        assert browser.session["_auth_user_id"]


def test_the_staff_user_signs_in_with_the_code(loaded: dict[str, Any]) -> None:
    staff, browser = loaded["staff"], Client()
    device = TOTPDevice.objects.get(user__is_staff=True)
    assert device.config_url == staff["otpauth"]
    assert f"secret={staff['secret']}" in staff["otpauth"]
    sign_in(browser, staff)
    assert browser.get(reverse("admin:index")).status_code == 302
    browser.post(reverse("accounts:second_factor"), {"code": staff["code"]})
    assert browser.get(reverse("admin:index")).status_code == 200


def test_a_changed_password_is_not_told(loaded: dict[str, Any]) -> None:
    user = User.objects.get(phone="+375447112030")
    user.set_password("другой-пароль-9")
    user.save()
    assert load("--if-empty")["logins"][0] == {
        "who": "ООО «Северный ветер»",
        "phone": "+375 44 711-20-30",
        "password": "",
        "note": "пароль изменён в кабинете",
    }


def test_people_get_a_table_and_the_code_alone(loaded: dict[str, Any]) -> None:
    out, code = StringIO(), StringIO()
    call_command("demo_data", *SMALL, "--if-empty", stdout=out)
    assert "+375 44 711-20-30" in out.getvalue()
    assert loaded["staff"]["secret"] in out.getvalue()
    call_command("demo_data", "--code", stdout=code)
    assert code.getvalue().strip() == loaded["staff"]["code"]


def test_a_second_load_does_nothing(loaded: dict[str, Any]) -> None:
    before = fingerprint()
    again = load("--if-empty", "--seed", "99")
    assert fingerprint() == before
    assert again == loaded


def test_without_that_it_is_refused(loaded: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match="empty database") as refusal:
        load()
    assert refusal.value.returncode == 2


# --- Its money -------------------------------------------------------------------------------------------------------
def test_six_months_are_billed_and_paid_or_not(loaded: dict[str, Any]) -> None:
    assert set(Invoice.objects.values_list("month", flat=True)) == {date(2026, n, 1) for n in range(4, 10)}
    accounts = {account.number: account for account in Account.objects.all()}
    assert not standing.of(accounts["400100025"]).overdue
    assert standing.of(accounts["400100017"]).to_pay > 0
    assert standing.of(accounts["400100033"]).overdue
    assert set(PaymentGuarantee.objects.values_list("state", flat=True)) == {"fulfilled", "rejected", "expired"}
    assert DebtRestriction.objects.get(lifted_at=None).account.number == "400100033"
    assert SuspensePayment.objects.count() == 1
    assert Correction.objects.count() <= 1
    assert ledger_check.run() == []


@pytest.mark.full
def test_every_sum_of_every_invoice_is_the_same(loaded: dict[str, Any]) -> None:
    """Charges, the page of charges (3.5), lines, calls, ledger, XLSX and PDF have the same sums."""
    invoices = Invoice.objects.select_related("account__customer", "closing")
    assert len(invoices) > 15
    for invoice in invoices:
        charges = list(invoice.closing.charges.select_related("subscriber"))
        assert sum(one.net + one.vat for one in charges) == invoice.total
        assert LedgerEntry.objects.get(source_key=f"invoice:{invoice.pk}").amount == -invoice.total
        assert sum(line.gross for line in invoice_lines.lines(invoice)) == invoice.total
        _as_on_the_page_of_each_subscriber(invoice, charges)
        _as_the_calls_add_up(charges)
        _as_the_files_say(invoice)


def _as_on_the_page_of_each_subscriber(invoice: Invoice, charged: list[Charge]) -> None:
    for subscriber in {one.subscriber for one in charged}:
        own = sum(one.net + one.vat for one in charged if one.subscriber == subscriber)
        assert charges.of_subscriber(invoice.account, subscriber, invoice.period).gross == own


def _as_the_calls_add_up(charged: list[Charge]) -> None:
    for one in charged:
        if one.kind == "calls":
            calls = CallRecord.objects.filter(
                subscriber=one.subscriber, destination=one.key, charged_in=one.month, direction="out"
            )
            cost = calls.aggregate(sum=Sum("cost"))["sum"] or Decimal(0)
            assert money.kopecks(cost) == one.net


def _as_the_files_say(invoice: Invoice) -> None:
    shown = money.show(invoice.total).replace("\xa0", " ")
    pages = PdfReader(BytesIO(stored(invoice, InvoiceFileKind.INVOICE))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())
    total = re.search(rf"Итого за {invoice.period.label} [\d ,]+", text)
    assert total is not None
    assert total[0].strip().endswith(shown)
    sheet = load_workbook(BytesIO(stored(invoice, InvoiceFileKind.CHARGES))).active
    assert sheet is not None
    last = list(sheet.values)[-1]
    assert Decimal(str(last[-1])) == invoice.total


def stored(invoice: Invoice, kind: InvoiceFileKind) -> bytes:
    with files.open_stored(invoice_files.file_of(invoice=invoice, kind=kind).path) as file:
        return file.read()
