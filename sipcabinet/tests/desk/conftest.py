"""The desk, with one row in each of its lists."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import (
    Account,
    PasswordRequest,
    Session,
    SignIn,
    SignInOutcome,
    TemporaryPassword,
    User,
    WrittenApplication,
)
from accounts.services import audit
from billing.models import (
    DebtRestriction,
    DeliveryChoice,
    DunningNotice,
    DunningStep,
    MovedDay,
    Payment,
    PaymentGuarantee,
    RestrictedSubscriber,
    SuspensePayment,
)
from billing.services import corrections, mailings, statements, suspense_refunds
from billing.tests import bank_files, mended
from billing.tests.bank_files import Doc
from billing.tests.factories import DocumentFactory, OrderFactory, letter_of
from billing.tests.money import invoice_of
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from sipcabinet.tests.signed_in import stepped_up
from subscribers.models import (
    Allowance,
    BillingMonth,
    CallReject,
    ChannelPeak,
    Charge,
    Rate,
    StaffRestriction,
    Subscriber,
)
from subscribers.switch import provisioning
from subscribers.tests.factories import (
    CallFactory,
    ChannelAssignmentFactory,
    DestinationFactory,
    MinuteAssignmentFactory,
    NumberFactory,
    OperationFactory,
    PlanTermsFactory,
    ServiceAssignmentFactory,
    TrunkFactory,
    VatRateFactory,
    held_call,
)
from subscribers.tests.limit_factories import FraudAlarmFactory, TrunkBarFactory
from subscribers.tests.sip_factories import SipAccountFactory

STORAGE = "django.core.files.storage.FileSystemStorage"
# A moment before invoices of the last month are due, on whatever day the tests run.
NOW = datetime(2026, 11, 22, 10, tzinfo=clock.MINSK)


@pytest.fixture(autouse=True)
def stored_files(tmp_path: Path, settings: LazySettings) -> Path:
    """A separate default storage for each test."""
    storage = {"BACKEND": STORAGE, "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    return tmp_path


@pytest.fixture(autouse=True)
def _now(at: Callable[[str], Any]) -> None:
    at(f"{NOW:%Y-%m-%d %H:%M}")


@pytest.fixture
def desk(staff: User) -> Client:
    """A client of a superuser at the desk, who has been asked again and may change rights."""
    return stepped_up(staff)


@pytest.fixture
def everything(owner: User) -> Account:
    """An account with a row of each table of the desk but those of payments, which take half of the time."""
    return with_everything(owner, payments=False)


def with_everything(owner: User, *, payments: bool = True) -> Account:
    """Creates the rows; takes about half a second. Without `payments` no statement is taken in."""
    account = owner.account
    assert account is not None
    trunk = TrunkFactory.create(account=account, phone=owner.phone)
    NumberFactory.create(trunk=trunk)
    PlanTermsFactory.create(plan=trunk.plan)
    call = CallFactory.create(subscriber=trunk, started_at=clock.now() - timedelta(hours=1))
    Rate.objects.create(
        destination=DestinationFactory.create(), prefix="37533", price_per_minute="0.3054", valid_from=date(2020, 1, 1)
    )
    Allowance.objects.create(account=account, trunk=trunk, month=Month.current().first_day, granted_seconds=18000)
    BillingMonth.objects.get_or_create(month=Month.current().first_day)
    ChannelAssignmentFactory.create(subscriber=trunk)
    MinuteAssignmentFactory.create(subscriber=trunk)
    ServiceAssignmentFactory.create(subscriber=trunk, started_by=OperationFactory.create(subscriber=trunk))
    VatRateFactory.create()
    SipAccountFactory.create(trunk=trunk)
    provisioning.want(subscriber=trunk)
    ChannelPeak.objects.create(account=account, trunk=trunk, day=clock.today(), calls=2)
    held_call(trunk)
    FraudAlarmFactory.create(trunk=trunk)
    TrunkBarFactory.create(trunk=trunk)
    CallReject.objects.create(
        call_import=call.call_import,
        source=call.source,
        line_no=3,
        raw='"","205","301"',
        code="columns",
        reason="Не столько колонок, сколько нужно",
        content_key="k" * 64,
    )
    document = DocumentFactory.create(
        order=OrderFactory.create(account=account, trunks=[trunk], state="done", ordered_by=owner)
    )
    letter_of(document.order, state="done", sent_at=clock.now(), body_text="Текст письма", body_html="<p>Текст</p>")
    _debt(account, trunk)
    if payments:
        _payments(account)
    _traces(owner, account)
    return account


def _debt(account: Account, trunk: Subscriber) -> None:
    invoice = invoice_of(account, Month.current().shift(-1), subscriber=trunk)
    charge = Charge.objects.get()
    corrections.issue(invoice=invoice, changes=[(charge, charge.net + 1)], reason="Ошибка в тарифе")
    mailings.order(invoice=invoice)
    DeliveryChoice.objects.create(account=account, method="self")
    debt = invoice.debts.get(correction=None)
    PaymentGuarantee.objects.create(
        account=account, debt=debt, number="Г-2026-000001", amount="100.00", dedupe_key="guarantee:1"
    )
    DunningNotice.objects.create(account=account, debt=debt, step=DunningStep.FIRST)
    restriction = DebtRestriction.objects.create(account=account, debt=debt)
    MovedDay.objects.create(day=date(2027, 1, 8), reason="Банк закрыт")
    RestrictedSubscriber.objects.create(account=account, restriction=restriction, subscriber=trunk)
    StaffRestriction.objects.create(account=account, reason="Заявление клиента", lifted_at=clock.now())


def _payments(account: Account) -> None:
    docs = [Doc(credit="125.00", id="1", day="01.11.2020", purpose=account.number)]
    docs += [Doc(credit="5.00", id="2", day="01.11.2020", purpose="за связь", unp="")]
    docs += [Doc(debit="125.00", id="3", day="01.11.2020", purpose="Возврат платежа")]
    statements.take_in(bank_files.client_bank_4(docs), file_name="statement.txt")
    mended.done(mended.reversal_of(Payment.objects.filter(account=account).latest("pk"), "25.00"))
    suspense_refunds.propose(
        suspense=SuspensePayment.objects.latest("pk"),
        document_number="17",
        document_date=clock.today(),
        reason="Платёж не наш",
        by=mended.clerk(),
    )


def _traces(owner: User, account: Account) -> None:
    now = clock.now()
    audit.record(action=audit.Action.SIGNED_IN, user=owner)
    SignIn.objects.create(user=owner, account=account, outcome=SignInOutcome.OK, address="203.0.113.7")
    TemporaryPassword.objects.create(user=owner, password="argon2$hash-of-it", expires_at=now + timedelta(hours=24))
    PasswordRequest.objects.create(phone=owner.phone, address="203.0.113.7")
    Session.objects.create(
        session_key="session-key-of-owner", session_data="", user=owner, account=account, expire_date=now + timedelta(1)
    )
    TOTPDevice.objects.create(user=owner, name="Приложение", confirmed=True, key="ab" * 20)
    WrittenApplication.objects.create(
        account=account, kind="other", written_on=clock.today(), received_by=owner, scan_name="scan.pdf", scan_size=1
    )


@pytest.fixture
def act(desk: Client) -> Callable[..., Any]:
    """Runs an action of a list on rows; returns the page after the redirect."""

    def run(list_name: str, action: str, *rows: Any) -> Any:
        from django.urls import reverse

        chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
        return desk.post(reverse(f"admin:{list_name}_changelist"), chosen, follow=True)

    return run
