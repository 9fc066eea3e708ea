"""Looks: who of the staff saw whose calls, letters, files and SIP parameters, from where; once an hour (4.10)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account, AuditEvent, Look, User
from accounts.tests.factories import StaffFactory
from billing.models import Document, Invoice
from desk.tests.papers import paper
from notifications.models import Letter
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.lib.periods import Month
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import CallDailyTotal, CallRecord, CallReject, Provisioning, SipAccount, Subscriber
from subscribers.tests.factories import CallFactory, CallImportFactory, CallSourceFactory

pytestmark = pytest.mark.django_db
CALLS = reverse("admin:subscribers_calls")
DOUBLED = reverse("admin:subscribers_doubled_calls")
PASSWORD = "SipSecret23456789abc"  # of SipAccountFactory


def row(model: Any, page: str = "change") -> str:
    """The page of the first row of a model."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=[model._default_manager.order_by("pk").first().pk])


def rows(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def calls_of(account: Account) -> str:
    trunk = Subscriber.objects.get(account=account, trunk=None)
    return f"{CALLS}?phone={trunk.phone[1:]}&month={Month.current().code}"


def clerk(*rights: str) -> Client:
    """A browser of a person of the staff with these rights alone."""
    user = StaffFactory.create(is_superuser=False)
    for right in rights:
        app, code = right.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
    return signed_in(User.objects.get(pk=user.pk))


# A page, the right that opens it, the kind of the look, and whether the look belongs to the account.
PAGES: list[tuple[Callable[[Account], str], str, LookKind, bool]] = [
    (calls_of, "subscribers.view_callrecord", LookKind.CALLS, True),
    (lambda _account: row(CallReject), "subscribers.view_callreject", LookKind.CALLS, False),
    (lambda _account: rows(CallReject), "subscribers.view_callreject", LookKind.CALLS, False),
    (lambda _account: rows(CallDailyTotal), "subscribers.view_calldailytotal", LookKind.CALLS, False),
    (lambda _account: row(CallDailyTotal), "subscribers.view_calldailytotal", LookKind.CALLS, True),
    (lambda _account: row(Letter), "notifications.view_letter", LookKind.LETTER, True),
    (lambda _account: row(SipAccount), "subscribers.view_sipaccount", LookKind.SECRET, True),
    (lambda _account: row(Provisioning), "subscribers.view_provisioning", LookKind.SECRET, True),
]


@pytest.mark.parametrize(("page", "right", "kind", "is_of_account"), PAGES)
def test_each_look_is_written_once_with_who_whose_and_from_where(
    everything: Account, page: Callable[[Account], str], right: str, kind: LookKind, is_of_account: bool
) -> None:
    browser = clerk(right)
    url = page(everything)
    for _again in range(3):
        assert browser.get(url, REMOTE_ADDR="198.51.100.7").status_code == 200
    look = Look.objects.get()
    assert look.user.pk == int(browser.session["_auth_user_id"])
    assert (look.kind, look.address) == (kind, "198.51.100.7")
    assert look.account == (everything if is_of_account else None)
    assert look.summary


@pytest.mark.parametrize("page", [page for page, *_rest in PAGES])
def test_who_may_not_see_gets_no_page_and_no_row(
    everything: Account, owner: User, page: Callable[[Account], str]
) -> None:
    url = page(everything)
    assert clerk("accounts.view_auditevent", "billing.view_payment").get(url).status_code == 403
    assert signed_in(owner).get(url).status_code in {302, 403}
    assert Client().get(url).status_code == 302
    assert not Look.objects.exists()


def test_another_hour_address_person_or_month_is_another_look(everything: Account, today: Any) -> None:
    url = calls_of(everything)
    browser, colleague = clerk("subscribers.view_callrecord"), clerk("subscribers.view_callrecord")
    person = User.objects.get(pk=browser.session["_auth_user_id"])
    browser.get(url)
    browser.get(url, REMOTE_ADDR="198.51.100.8")
    colleague.get(url)
    browser.get(url.replace(Month.current().code, Month.current().shift(-1).code))
    assert Look.objects.count() == 4
    today.shift(60 * 60)
    signed_in(person).get(url)
    assert Look.objects.count() == 5


def test_a_choice_between_numbers_shows_no_calls(everything: Account) -> None:
    trunk = Subscriber.objects.get(account=everything, trunk=None)
    browser = clerk("subscribers.view_callrecord")
    for query in ("", f"?phone={trunk.phone[1:4]}", "?phone=nothing"):
        browser.get(f"{CALLS}{query}")
    assert not Look.objects.exists()


def test_doubled_calls_are_a_look_at_each_account_shown(everything: Account) -> None:
    trunks = [Subscriber.objects.get(account=everything, trunk=None), CallFactory.create().subscriber]
    jobs = [
        CallImportFactory.create(file_name=name, source=CallSourceFactory.create(name=name), new_count=1)
        for name in ("a", "b")
    ]
    for trunk in trunks:
        for job in jobs:
            started_at = clock.now() - timedelta(minutes=trunk.pk % 50)
            CallFactory.create(subscriber=trunk, call_id=f"double-{trunk.pk}", started_at=started_at, call_import=job)
    browser = clerk("subscribers.view_callrecord")
    page = browser.get(DOUBLED, {"month": Month.current().code})
    assert page.context["count"] == 2
    assert {look.account for look in Look.objects.all()} == {trunk.account for trunk in trunks}


def test_a_download_is_recorded_once_among_the_actions(everything: Account) -> None:
    browser = clerk("billing.view_document", "billing.view_invoice", "subscribers.view_dialled_numbers")
    assert b"".join(browser.get(row(Document, "file")))
    kind = {"pk": Invoice.objects.get().pk, "kind": "invoice"}
    assert b"".join(browser.get(reverse("admin:billing_invoice_file", kwargs=kind)))
    codes = AuditEvent.objects.filter(action__endswith=".read").values_list("action", "account")
    assert sorted(codes) == [("document.read", everything.pk), ("invoice.read", everything.pk)]
    assert not Look.objects.exists()


def test_the_scan_of_a_written_application_is_recorded_among_the_actions(
    everything: Account, staff: User, tmp_path: Path, settings: Settings
) -> None:
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    scan = reverse("admin:desk_application_scan", args=[paper(everything, staff).pk])
    assert b"".join(clerk("accounts.view_writtenapplication").get(scan)).startswith(b"%PDF")
    event = AuditEvent.objects.get(action="application.read")
    assert event.account == everything
    found = clerk("accounts.view_auditevent").get(reverse("admin:desk_journal"), {"what": f"look-{LookKind.FILE}"})
    assert "Открыт скан заявления" in found.content.decode()
    assert clerk("billing.view_payment").get(scan).status_code == 403
    assert AuditEvent.objects.filter(action="application.read").count() == 1


def test_the_page_of_a_customer_and_lists_of_letters_show_no_text_and_are_no_looks(everything: Account) -> None:
    browser = clerk("accounts.view_customer", "notifications.view_letter", "subscribers.view_subscriber")
    page = browser.get(reverse("admin:desk_customer", args=[everything.customer_id]))
    listed = browser.get(rows(Letter))
    for answer in (page, listed):
        assert "Текст письма" not in answer.content.decode()
    assert not Look.objects.exists()


def test_a_list_that_is_taken_away_as_a_file_is_another_look(everything: Account) -> None:
    browser = clerk("subscribers.view_callreject")
    export = reverse("admin:subscribers_callreject_export")
    assert b"".join(browser.get(export)).startswith(b"PK")
    assert browser.get(rows(CallReject)).status_code == 200
    subjects = ["subscribers.callreject:export", "subscribers.callreject:list"]
    assert sorted(Look.objects.values_list("subject", flat=True)) == subjects
    assert AuditEvent.objects.filter(action="reject.exported").count() == 1
    assert clerk("billing.view_payment").get(export).status_code == 403
    assert Look.objects.count() == 2


def test_without_its_look_a_page_shows_nothing(everything: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_told: Any) -> None:
        raise RuntimeError("no looks today")

    monkeypatch.setattr("accounts.services.looks.record", broken)
    browser = clerk("subscribers.view_callrecord")
    with pytest.raises(RuntimeError):
        browser.get(calls_of(everything))


def test_no_look_and_no_event_holds_a_secret_or_a_dialled_number(desk: Client, everything: Account) -> None:
    dialled = "+375291234517"
    CallRecord.objects.update(other_party=dialled)
    CallReject.objects.update(raw=f'"","{dialled}"', reason=f"Номер {dialled} не найден")
    for page, _right, _kind, _own in PAGES:
        desk.get(page(everything))
    desk.get(rows(CallReject), {"q": dialled[1:]})
    sip = SipAccount.objects.get()
    desk.post(row(SipAccount), {"mode": sip.mode, "transport": "tcp", "allowed_addresses": "", "reason": "заявление"})
    told = [f"{look.subject} {look.summary}" for look in Look.objects.all()]
    told += [f"{event.summary} {event.details}" for event in AuditEvent.objects.all()]
    assert len(told) > len(PAGES)
    for secret in (dialled[1:], "291234517", PASSWORD, "gAAAAA", "Текст письма"):
        assert not [text for text in told if secret in text]


# --- Nobody can change or delete a look ------------------------------------------------------------------------------
EDITS = ["UPDATE accounts_look SET summary = ''", "DELETE FROM accounts_look", "TRUNCATE accounts_look"]


@pytest.fixture
def look(everything: Account) -> Look:
    clerk("subscribers.view_callrecord").get(calls_of(everything))
    return Look.objects.get()


@contextmanager
def as_the_owner() -> Iterator[CursorWrapper]:
    """Acts as the owner of the tables, whom only triggers stop."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("RESET ROLE")
        yield cursor
        cursor.execute(f"SET ROLE {settings.DATABASE_ROLE}")


@pytest.mark.parametrize("statement", EDITS)
def test_the_application_has_no_right_to_edit_looks(look: Look, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("statement", EDITS)
def test_a_trigger_stops_even_the_owner_of_the_table(look: Look, statement: str) -> None:
    with as_the_owner() as cursor, pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        cursor.execute(statement)
    assert Look.objects.get().summary == look.summary


def test_customers_pages_read_and_write_no_looks(look: Look, everything: Account) -> None:
    with (
        tenancy.portal(everything.pk),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        Look.objects.count()


def test_the_desk_has_no_page_that_changes_an_event_or_a_look(desk: Client, look: Look) -> None:
    event = AuditEvent.objects.order_by("pk").first()
    assert event is not None
    pages = [
        reverse("admin:accounts_auditevent_change", args=[event.pk]),
        reverse("admin:accounts_auditevent_delete", args=[event.pk]),
        reverse("admin:accounts_auditevent_add"),
        reverse("admin:desk_journal_event", args=[event.pk]),
        reverse("admin:desk_journal_look", args=[look.pk]),
    ]
    before = (list(AuditEvent.objects.values()), list(Look.objects.values()))
    for page in pages:
        assert desk.post(page, {"summary": "подделка", "post": "yes"}).status_code in {403, 405}
    chosen = {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"}
    desk.post(reverse("admin:accounts_auditevent_changelist"), chosen)
    assert (list(AuditEvent.objects.values()), list(Look.objects.values())) == before
