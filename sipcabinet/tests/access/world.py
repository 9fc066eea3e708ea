"""Data for the access matrix: one account with a row of everything, whose objects every user then requests."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from pytest_django import DjangoDbBlocker

from accounts.actor import Actor
from accounts.models import AuditEvent, Session, User
from accounts.tests.factories import AccountFactory, StaffFactory, UserFactory
from announcements.models import Announcement, Audience
from announcements.tests.factories import started
from billing.models import (
    GuaranteeState,
    Invoice,
    PaymentGuarantee,
    PaymentReturn,
    ProposalKind,
    ReconciliationAct,
    StatementImport,
)
from billing.services import corrections, invoice_links, proposals, suspense_refunds
from billing.services.money_terms import ChargeChange, Terms
from billing.services.order_letters import LINK_PURPOSE
from billing.tests.acts import sent_act
from billing.tests.factories import DocumentFactory, OrderFactory, letter_of
from billing.tests.money import invoice_of, paid
from desk.models import CALLS, STATEMENT, PlannedKind, StaffNote, TableImport
from desk.services import planned_changes
from desk.tests.cast import unclear
from desk.tests.customer_files import file_of, kept, row
from desk.tests.papers import paper
from desk.tests.price_tables import kept_rate
from notifications.models import Letter
from sipcabinet.lib import clock, links
from sipcabinet.lib.periods import Month
from sipcabinet.tests.kept import kept_rows
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import Charge, Destination, Rerating, SipLink, Subscriber, SwitchTransfer, TariffPlan
from subscribers.services import sip_links
from subscribers.tests.factories import (
    CallFactory,
    CallImportFactory,
    CallSourceFactory,
    ChannelAssignmentFactory,
    ChannelPackageFactory,
    NumberRangeFactory,
    OperationFactory,
    ServiceAssignmentFactory,
    ServiceFactory,
    TrunkFactory,
    VatRateFactory,
    held_call,
)
from subscribers.tests.limit_factories import FraudAlarmFactory
from subscribers.tests.sip_factories import SipAccountFactory

MISSING = 999_999  # the key of no row


@dataclass
class World:
    """The users of the matrix, and the owner's objects by the names of URL arguments."""

    people: dict[str, User]
    objects: dict[str, Any] = field(default_factory=dict)
    of_desk: dict[str, dict[str, Any]] = field(default_factory=dict)  # by the beginning of the page's name

    def argument(self, pattern: str, name: str) -> Any:
        """The value for an argument of a route: always an object of the owner's account, or of the operator."""
        if pattern.startswith("admin:"):
            return self._of_admin(pattern, name)
        return "minsk-1" if pattern == "subscribers:call_records" else self.objects[name]

    def _of_admin(self, pattern: str, name: str) -> Any:
        fixed = {"app_label": "accounts", "content_type_id": 1, "url": "nowhere/", "kind": "charges"}
        if name in fixed:
            return fixed[name]
        for model in apps.get_models():
            prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
            if pattern.startswith(prefix):
                first = model._default_manager.order_by("pk").first()
                return first.pk if first is not None else MISSING
        return self._of_desk(pattern.removeprefix("admin:"), name)

    def _of_desk(self, pattern: str, name: str) -> Any:
        """The object of an own page of the desk; 1 where a page names none of these."""
        start = next((start for start in self.of_desk if pattern.startswith(start)), "")
        return self.of_desk.get(start, {}).get(name, 1)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Created once for a module, because the matrix makes hundreds of requests; writes of each test are undone."""
    with kept_rows(django_db_blocker):
        yield make(owner=UserFactory.create(), other=UserFactory.create(), staff=StaffFactory.create())


def make(*, owner: User, other: User, staff: User) -> World:
    """Creates the world with these three users."""
    people = {
        "owner": owner,
        "other": other,
        "staff": staff,
        "clerk": StaffFactory.create(is_superuser=False),
        "unproven": StaffFactory.create(device=False),
    }
    trunk = TrunkFactory.create(account=owner.account)
    CallFactory.create(subscriber=trunk)
    VatRateFactory.create()
    service = ServiceAssignmentFactory.create(subscriber=trunk, service__parameter="numbers").service
    ChannelAssignmentFactory.create(subscriber=trunk)
    package = ChannelPackageFactory.create(channels=10, fee=11)
    SipAccountFactory.create(trunk=trunk)
    operation = OperationFactory.create(subscriber=trunk)
    order = OrderFactory.create(account=owner.account, trunks=[trunk])
    document = DocumentFactory.create(order=order)
    letter_of(order, state="done", sent_at=clock.now())
    invoice = invoice_of(trunk.account, Month.current().shift(-1), subscriber=trunk)
    charge = Charge.objects.get()
    correction = corrections.issue(invoice=invoice, changes=[(charge, charge.net + 1)], reason="Ошибка")
    guarantee = PaymentGuarantee.objects.create(
        account=trunk.account,
        debt=invoice.debts.get(correction=None),
        number="Г-2026-000001",
        amount="100.00",
        state=GuaranteeState.REJECTED,
        dedupe_key="guarantee:1",
    )
    session = Session.objects.create(
        session_key="x" * 32, session_data="", user=owner, account=owner.account, expire_date=clock.now() + timedelta(1)
    )
    announcement = started(audience=Audience.LIST, account_numbers=trunk.account.number)
    objects = {
        "version": 1,
        "pk": trunk.pk,
        "announcement_pk": announcement.pk,
        "operation_pk": operation.pk,
        "service_pk": service.pk,
        "paper_service_pk": ServiceFactory.create(by_application=True).pk,
        "package_pk": package.pk,
        "number": order.number,
        "guarantee_number": guarantee.number,
        "invoice_number": invoice.number,
        "invoice_token": links.sign(invoice_links.LINK_PURPOSE, str(invoice.pk)),
        "correction_number": correction.number,
        "file_kind": "charges",
        "line_kind": charge.kind,
        "line_key": charge.key,
        "token": links.sign(LINK_PURPOSE, str(document.pk)),
        "public_id": session.public_id,
    }
    objects["act_pk"] = sent_act(trunk.account).pk
    objects["link_pk"] = phone_link(trunk).pk
    objects["rest"] = "no-such-secret/001565abcdef.cfg"
    return World(people, objects, _of_desk(trunk, invoice, announcement, staff))


def phone_link(trunk: Subscriber) -> SipLink:
    """A link under which a telephone of the trunk fetches its settings."""
    made = sip_links.create(trunk=trunk, kind="yealink", device="00:15:65:ab:cd:ef", lifetime="day", by=Actor())
    return made.link


def _of_desk(trunk: Subscriber, invoice: Invoice, announcement: Announcement, staff: User) -> dict[str, dict[str, Any]]:
    account, customer = trunk.account, trunk.account.customer
    note = StaffNote.objects.create(customer=customer, text="Просил перезвонить", author=staff, dedupe_key="note:1")
    act = ReconciliationAct.objects.get(account=account)
    owner, letter = account.users.first(), Letter.objects.filter(account=account).latest("pk")
    assert owner is not None
    planned = planned_changes.plan(
        account=account, kind=PlannedKind.CLOSE_ACCOUNT, on=clock.today() + timedelta(days=9),
        by=Actor(staff, reason="Заявление"),
    )  # fmt: skip
    return {
        "desk_customer": {
            "pk": customer.pk,
            "account_pk": account.pk,
            "user_pk": owner.pk,
            "invoice_pk": invoice.pk,
            "note_pk": note.pk,
            "letter_pk": letter.pk,
            "subscriber_pk": trunk.pk,
            "cause": "customer",
            "planned_pk": planned.pk,
        },
        "desk_alarm": {"pk": FraudAlarmFactory.create(trunk=trunk).pk},
        "desk_letter_again": {"pk": letter.pk},
        "desk_application": {"pk": paper(account, staff).pk},
        "desk_announcement": {"pk": announcement.pk},
        "desk_month": {"code": invoice.period.code, "account_pk": account.pk},
        **_money(trunk, invoice),
        **of_catalogue(trunk.plan, staff),
        **of_imports(staff),
        "desk_pool": {"pk": NumberRangeFactory.create().pk, "digits": trunk.phone.removeprefix("+")},
        "desk_switch_transfer_status": {"pk": SwitchTransfer.objects.create(switch="recording").pk},
        "desk_switch_trunk": {"pk": trunk.pk},
        "desk_report": {"name": "revenue"},
        "desk_act_": {"pk": act.pk},
        "desk_journal_event": {"pk": AuditEvent.objects.latest("pk").pk},
        "desk_view_as": {"account_pk": account.pk},
        "subscribers_channelassignment_of_trunk": {"trunk_pk": trunk.pk},
        "subscribers_serviceassignment_of_subscriber": {"subscriber_pk": trunk.pk},
    }


def _money(trunk: Subscriber, invoice: Invoice) -> dict[str, dict[str, Any]]:
    """A payment that a statement seems to take back, and a correction that waits for a second person (4.12)."""
    account = trunk.account
    payment = paid(AccountFactory.create(), "500.00")  # the owner's own invoice stays unpaid
    charge = Charge.objects.get()
    now = charge.net + 1  # after the correction of the world
    terms = Terms(
        kind=ProposalKind.CORRECTION,
        account=account,
        invoice=invoice,
        changes=[ChargeChange(charge, now + 500, now)],
        reason="Ошибка",
    )
    waits = proposals.propose(terms=terms, by=Actor(StaffFactory.create(), token="1"))
    statement = StatementImport.objects.create(
        file_name="statement.txt", format="csv", sha256="0" * 64, iban="BY", opening=0, closing=0
    )
    debit = PaymentReturn.objects.create(
        statement=statement,
        kind="words",
        amount="500.00",
        returned_on=clock.today(),
        payment=payment,
        source_key="test:1",
    )
    return {
        "desk_payment": {"pk": payment.pk},
        "desk_refund": {"pk": payment.account_id},
        "desk_write_off": {"pk": account.pk},
        "desk_correct": {"pk": invoice.pk},
        "desk_proposal": {"pk": waits.pk},
        "desk_return": {"pk": debit.pk},
    }


def of_catalogue(plan: TariffPlan, staff: User) -> dict[str, dict[str, Any]]:
    """A plan, a destination with a rate, a checked table, a re-rating."""
    table = kept_rate(staff)
    run = Rerating.objects.create(month=Month.current().first_day, ordered_by=staff)
    return {
        "desk_catalogue_plan": {"pk": plan.pk},
        "desk_new_fee": {"pk": plan.pk, "what": "plan"},
        "desk_new_destination_rate": {"pk": Destination.objects.get(code="poland").pk},
        "desk_table_import": {"pk": table.pk},
        "desk_table_report": {"pk": table.pk},
        "desk_table": {"code": "rates"},
        "desk_load": {"pk": kept(file_of(row(1)), staff).pk},
        "desk_rerating_status": {"pk": run.pk},
    }


def of_imports(staff: User) -> dict[str, dict[str, Any]]:
    """A credit in suspense, another that goes back to its payer, a statement, a switch's file, and two kept files.

    A key that begins another key stands after it."""
    by, rows = Actor(StaffFactory.create()), [unclear(), unclear("900.00")]
    refund = suspense_refunds.propose(
        suspense=rows[1], document_number="1", document_date=clock.today(), reason="Ошибочно", by=by
    )
    counts = dict.fromkeys(("size", "checked", "read", "new", "duplicate", "rejected", "seconds", "cost"), 0)
    told = {"file_name": "a.txt", "content": b"", "uploaded_by": staff, "outcome": {"check": counts}}
    kept_files = {kind: TableImport.objects.create(kind=kind, **told).pk for kind in (STATEMENT, CALLS)}
    return {
        "desk_suspense": {"pk": rows[0].pk},
        "desk_payer_refund_one": {"pk": refund.pk},
        "desk_payer_refund": {"pk": rows[0].pk},
        "desk_statement_draft": {"pk": kept_files[STATEMENT]},
        "desk_statement_check_file": {"pk": kept_files[STATEMENT]},
        "desk_statement": {"pk": StatementImport.objects.latest("pk").pk},
        "desk_statement_undo": {"pk": StatementImport.objects.latest("pk").pk},
        "desk_call_file_draft": {"pk": kept_files[CALLS]},
        "desk_held_call": {"pk": held_call(TrunkFactory.create()).pk},
        "desk_call_source": {"pk": CallSourceFactory.create().pk},
        "desk_call_file": {"pk": CallImportFactory.create().pk},
        "desk_call_file_undo": {"pk": CallImportFactory.create().pk},
        "desk_reject_group": {"key": "0" * 24},
    }


@pytest.fixture(scope="module")
def cookies(world: World) -> dict[str, str]:
    """Session cookies of the signed-in users, by their names in WHO."""
    found = {}
    for who, user in world.people.items():
        client = signed_in(user)
        found[who] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return found
