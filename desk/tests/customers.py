"""Customers for tests of the customer's page: one with a row in every section, and one with very many rows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission

from accounts.models import Account, AuditEvent, Customer, Session, SignIn, SignInOutcome, User
from accounts.services import audit
from accounts.tests.factories import StaffFactory, UserFactory
from billing.models import Invoice, PaymentGuarantee, SuspensePayment
from billing.services import mailings
from billing.tests.debtors import owes, promises
from billing.tests.factories import OrderFactory, letter_of
from billing.tests.money import paid
from desk.models import StaffNote
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from subscribers.models import Provisioning, ProvisioningJob, Subscriber
from subscribers.tests import crowd
from subscribers.tests.factories import ChannelAssignmentFactory, NumberFactory, TrunkFactory
from subscribers.tests.sip_factories import SipAccountFactory

ALL_OF_THE_PAGE = (
    "accounts.view_customer", "accounts.view_account", "accounts.view_user", "accounts.view_signin",
    "accounts.view_auditevent", "billing.view_invoice", "billing.view_payment", "billing.view_suspensepayment",
    "billing.view_paymentguarantee", "billing.view_documentorder", "notifications.view_letter",
    "subscribers.view_subscriber", "subscribers.view_provisioning", "desk.view_staffnote",
)  # fmt: skip


def clerk(*permissions: str) -> User:
    """A person of the staff with these permissions alone (`app.code`)."""
    user = StaffFactory.create(is_superuser=False)
    for name in permissions:
        app, code = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
    return User.objects.get(pk=user.pk)


def note_of(customer: Customer, text: str = "Просят звонить бухгалтеру", **fields: Any) -> StaffNote:
    author = fields.pop("author", None) or StaffFactory.create(name="Ирина Ковалёва")
    return StaffNote.objects.create(customer=customer, text=text, author=author, dedupe_key=uuid4().hex, **fields)


def undelivered(account: Account, subject: str = "Детализация звонков") -> Letter:
    """A letter that the mail server refused for good."""
    return Letter.objects.create(
        kind="call_detail_ready",
        recipient=account.cabinet_email,
        account=account,
        subject=subject,
        message_id=f"<{uuid4().hex}@operator.example>",
        body_text="Тело письма",
        state=JobState.REFUSED,
        tries=3,
        smtp_code=552,
        smtp_answer="5.2.2 mailbox is full",
    )


def in_suspense(customer: Customer, amount: str = "17.50") -> SuspensePayment:
    """A credit without an account, paid by the customer."""
    return SuspensePayment.objects.create(
        amount=Decimal(amount),
        received_on=clock.today(),
        payer_name=customer.name,
        payer_unp=customer.unp,
        purpose="за услуги",
        reason="нет номера лицевого счёта",
        source_key=f"test:{uuid4().hex}",
    )


def refused_by_switch(subscriber: Subscriber) -> ProvisioningJob:
    """The switch did not take the number's last change."""
    Provisioning.objects.create(subscriber=subscriber, account=subscriber.account, version=2, applied_version=1)
    return ProvisioningJob.objects.create(
        subscriber=subscriber, account=subscriber.account, version=2, state=JobState.PARKED
    )


def signed_in_before(owner: User) -> Session:
    """An attempt to sign in and a live session of a login."""
    now = clock.now()
    SignIn.objects.create(user=owner, account=owner.account, outcome=SignInOutcome.OK, address="203.0.113.7")
    return Session.objects.create(
        session_key=f"session-key-of-owner-{owner.pk}", session_data="", user=owner, account=owner.account,
        address="203.0.113.7", expire_date=now + timedelta(hours=1),
    )  # fmt: skip


def with_everything(owner: User) -> Account:
    """Fills each section of the page of the owner's customer."""
    account = owner.account
    assert account is not None
    trunk = TrunkFactory.create(account=account, phone=owner.phone)
    ChannelAssignmentFactory.create(subscriber=trunk)
    SipAccountFactory.create(trunk=trunk)
    refused_by_switch(NumberFactory.create(trunk=trunk, label="Склад"))
    invoice = owes(account)
    mailings.order(invoice=invoice)
    paid(account, "20.00", reference="77")
    promises(account, "100.00", owner)
    undelivered(account)
    in_suspense(account.customer)
    OrderFactory.create(account=account, trunks=[trunk], state="parked")
    letter_of(
        OrderFactory.create(account=account, trunks=[trunk], state="done"), state="done", sent_at=clock.now(),
        body_text="Тело письма",
    )  # fmt: skip
    signed_in_before(owner)
    audit.record(action=audit.Action.SIGNED_IN, user=owner)
    note_of(account.customer)
    return account


def large(account: Account, count: int) -> Subscriber:
    """Gives an account this many numbers, whose states the switch has, and many rows in each other section."""
    trunk = crowd.connect(account, count)
    Provisioning.objects.bulk_create(
        Provisioning(subscriber_id=pk, account=account, version=1, applied_version=1)
        for pk in Subscriber.objects.filter(account=account).values_list("pk", flat=True)
    )
    owner = UserFactory.create(account=account)
    many = range(max(10, count // 20))
    SignIn.objects.bulk_create(
        SignIn(user=owner, account=account, outcome=SignInOutcome.OK, address="203.0.113.7") for _ in many
    )
    AuditEvent.objects.bulk_create(
        AuditEvent(account=account, user=owner, action="sign_in.done", summary=f"Вход {serial}") for serial in many
    )
    Letter.objects.bulk_create(
        Letter(
            account=account, kind="calls_allowed", subject=f"Письмо {serial}", recipient=account.cabinet_email,
            message_id=f"<{uuid4().hex}@operator.example>", state=JobState.DONE, sent_at=clock.now(),
        )
        for serial in many
    )  # fmt: skip
    for month in ("2026-08", "2026-09", "2026-10"):
        owes(account, month=month)
        paid(account, "10.00")
    StaffNote.objects.bulk_create(
        StaffNote(customer=account.customer, text=f"Заметка {serial}", author=owner, dedupe_key=uuid4().hex)
        for serial in range(10)
    )
    return trunk


def newest_invoice(account: Account) -> Invoice:
    return Invoice.objects.filter(account=account).latest("serial")


def pending(account: Account) -> PaymentGuarantee:
    return PaymentGuarantee.objects.get(account=account)
