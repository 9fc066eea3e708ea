"""The outbox and the orders at the desk: shown and hidden data, «ещё раз» (2.5, 4.2)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import StaffFactory
from billing.models import Document, DocumentOrder, OrderLetter
from billing.tests.factories import DocumentFactory, OrderFactory
from notifications.admin.letter import LetterAdmin
from notifications.models import Letter
from notifications.services import letters
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.signed_in import signed_in

KIND = "call_detail_ready"  # kind of the order's letter
SECRET = "K7PD4MXRW2TH"


@pytest.fixture
def sealed(everything: Account) -> Letter:
    context = {"password": SECRET, "phone": "+375 44 711-20-30", "expires_at": clock.now(), "url": "http://127.0.0.1/"}
    letter = letters.write(
        kind="temporary_password",
        recipient="office@customer.example",
        context=context,
        account_id=everything.pk,
        sealed=True,
    )
    # Even if a letter is not sealed by mistake, the page must not show its secret.
    Letter.objects.filter(pk=letter.pk).update(body_text=SECRET, body_html=SECRET)
    return letter


def letter_page(desk: Client, letter: Letter) -> str:
    return desk.get(reverse("admin:notifications_letter_change", args=[letter.pk])).content.decode()


def test_a_letters_text_is_shown(desk: Client, everything: Account) -> None:
    assert "Текст письма" in letter_page(desk, Letter.objects.get(kind=KIND))


def test_a_sealed_letters_text_is_not(desk: Client, sealed: Letter) -> None:
    page = letter_page(desk, sealed)
    assert SECRET not in page
    assert "временный пароль, поэтому его текст не показывается" in page


def test_without_that_guard_it_would_be(desk: Client, sealed: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    def unguarded(_self: LetterAdmin, letter: Letter) -> str:
        return letter.body_text

    monkeypatch.setattr(LetterAdmin, "text", unguarded)
    assert SECRET in letter_page(desk, sealed)


def test_a_plain_letter_goes_again_as_a_new_one(act: Callable[..., Any], everything: Account, staff: User) -> None:
    OrderLetter.objects.all().delete()
    letter = Letter.objects.get(kind=KIND)
    act("notifications_letter", "send_again", letter)
    repeat = Letter.objects.get(resend_of=letter)
    assert (repeat.body_text, repeat.state) == (letter.body_text, JobState.WAITING)
    assert repeat.message_id != letter.message_id
    event = AuditEvent.objects.get(action="letter.resent")
    assert (event.account, event.user, event.details["letter_id"]) == (everything, staff, repeat.pk)


def test_an_orders_letter_goes_again_as_the_orders_own(
    act: Callable[..., Any], everything: Account, staff: User
) -> None:
    letter = Letter.objects.get(kind=KIND)
    order = letter.orders.get()
    act("notifications_letter", "send_again", letter)
    assert OrderLetter.objects.filter(order=order).count() == 2
    assert AuditEvent.objects.get(action="order.resent").user == staff


def test_a_waiting_letter_is_not_sent_twice(act: Callable[..., Any], everything: Account) -> None:
    OrderLetter.objects.all().delete()
    Letter.objects.update(state=JobState.WAITING)
    page = act("notifications_letter", "send_again", Letter.objects.get(kind=KIND)).content.decode()
    assert "ещё в очереди" in page
    assert Letter.objects.filter(kind=KIND).count() == 1


def test_a_sealed_letter_is_not_sent_again(act: Callable[..., Any], sealed: Letter) -> None:
    Letter.objects.filter(pk=sealed.pk).update(state=JobState.REFUSED)
    page = act("notifications_letter", "send_again", sealed).content.decode()
    assert "вышлите новый временный пароль" in page
    assert not Letter.objects.filter(resend_of=sealed).exists()


def test_a_parked_letter_waits_again(act: Callable[..., Any], everything: Account) -> None:
    Letter.objects.update(state=JobState.PARKED, attempts=8)
    letter = Letter.objects.get(kind=KIND)
    act("notifications_letter", "send_again", letter)
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == (JobState.WAITING, 0)
    assert AuditEvent.objects.filter(action="letter.retried").exists()


def test_a_parked_order_is_made_again(act: Callable[..., Any], everything: Account) -> None:
    order = OrderFactory.create(account=everything, state=JobState.PARKED, attempts=8)
    act("billing_documentorder", "again", order)
    order.refresh_from_db()
    assert (order.state, order.attempts) == (JobState.WAITING, 0)
    assert AuditEvent.objects.filter(action="order.retried", account=everything).exists()


def test_a_made_order_is_not_made_again(act: Callable[..., Any], everything: Account) -> None:
    order = DocumentOrder.objects.get()
    page = act("billing_documentorder", "again", order).content.decode()
    assert "только заказ с ошибкой" in page
    order.refresh_from_db()
    assert order.state == JobState.DONE
    assert not AuditEvent.objects.filter(action="order.retried").exists()


def test_an_orders_document_is_sent_again(act: Callable[..., Any], everything: Account) -> None:
    order = DocumentOrder.objects.get()
    act("billing_documentorder", "send_again", order)
    assert order.letters.count() == 2
    assert "в очереди" in act("billing_documentorder", "send_again", order).content.decode()
    assert order.letters.count() == 2


def test_a_document_is_downloaded_and_that_is_audited(desk: Client, everything: Account, staff: User) -> None:
    document = Document.objects.get()
    response = desk.get(reverse("admin:billing_document_file", args=[document.pk]))
    assert b"".join(response.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    assert "attachment" in response.headers["Content-Disposition"]
    event = AuditEvent.objects.get(action="document.read")
    assert (event.account, event.user) == (everything, staff)


def test_a_document_without_its_file_is_missing(desk: Client, everything: Account) -> None:
    document = DocumentFactory.create(order__account=everything)
    Document.objects.filter(pk=document.pk).update(path="documents/nowhere.xlsx")
    assert desk.get(reverse("admin:billing_document_file", args=[document.pk])).status_code == 404
    assert desk.get(reverse("admin:billing_document_file", args=[10**9])).status_code == 404


def test_a_document_is_not_for_customers(client_of: Callable[[User], Client], everything: Account, owner: User) -> None:
    address = reverse("admin:billing_document_file", args=[Document.objects.get().pk])
    assert client_of(owner).get(address).status_code in {302, 403, 404}
    assert Client().get(address).status_code == 302
    assert not AuditEvent.objects.filter(action="document.read").exists()


def test_call_details_are_not_given_to_who_may_not_see_dialled_numbers(everything: Account) -> None:
    document = Document.objects.get()
    clerk = StaffFactory.create(is_superuser=False)
    clerk.user_permissions.add(Permission.objects.get(codename="view_document"))
    address = reverse("admin:billing_document_file", args=[document.pk])
    assert signed_in(User.objects.get(pk=clerk.pk)).get(address).status_code == 403
    assert not AuditEvent.objects.filter(action="document.read").exists()
    clerk.user_permissions.add(Permission.objects.get(codename="view_dialled_numbers"))
    assert b"".join(signed_in(User.objects.get(pk=clerk.pk)).get(address))
    assert AuditEvent.objects.filter(action="document.read").count() == 1
