"""Staff without the right to see dialled numbers see masks, cannot search by them and get no call detail (4.10)."""

from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AuditEvent, User
from accounts.tests.factories import StaffFactory
from sipcabinet.lib import clock, phones
from sipcabinet.lib.periods import Month
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import CallReject
from subscribers.tests.factories import CallFactory, CallImportFactory, CallSourceFactory, TrunkFactory

pytestmark = pytest.mark.django_db
DIALLED = "+375291234517"
SHOWN, MASKED = "+375 29 123-45-17", "+375 29 •••-••-17"
SEES = "subscribers.view_dialled_numbers"


def clerk(*rights: str) -> Client:
    user = StaffFactory.create(is_superuser=False)
    for right in rights:
        app, code = right.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
    return signed_in(User.objects.get(pk=user.pk))


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (DIALLED, MASKED),
        ("+375163123456", "+375 1631 ••-•56"),
        ("+74951234567", "+7 495 •••-••-67"),
        ("+37052123456", "+370 5 ••• ••56"),
        ("101", "101"),
        ("12345", "12345"),
        ("anonymous", "anonymous"),
        ("", ""),
        ("375291234517", "••••••••••17"),
    ],
)
def test_a_mask_keeps_country_code_and_two_digits(number: str, masked: str) -> None:
    assert phones.masked(number) == masked


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ('"101","375291234517","2026-11-22 10:00:05",37', '"101","375•••••••17","2026-11-22 10:00:05",37'),
        ("Номер +375 29 123-45-17 не наш", "Номер +375 •• •••-••-17 не наш"),
        ("8 (029) 123-45-17", "8 (02•) •••-••-17"),
        ("22.11.2026 10:00, 2020/2/10 22:41", "22.11.2026 10:00, 2020/2/10 22:41"),
        ("колонок 14", "колонок 14"),
    ],
)
def test_numbers_within_a_line_are_masked_and_moments_are_not(line: str, masked: str) -> None:
    assert phones.mask_within(line) == masked


def test_calls_are_masked_without_the_right() -> None:
    call = CallFactory.create(other_party=DIALLED)
    url = reverse("admin:subscribers_calls")
    asked = {"phone": call.subscriber.phone, "month": Month.current().code}
    told = text(clerk("subscribers.view_callrecord").get(url, asked))
    assert MASKED in told
    assert "123-45" not in told
    assert SHOWN in text(clerk("subscribers.view_callrecord", SEES).get(url, asked))


def test_doubled_calls_are_masked_without_the_right() -> None:
    trunk, started_at = TrunkFactory.create(), clock.now()
    for name in ("a", "b"):
        job = CallImportFactory.create(file_name=name, source=CallSourceFactory.create(name=name), new_count=1)
        CallFactory.create(
            subscriber=trunk, started_at=started_at, call_id="twice", other_party=DIALLED, call_import=job
        )
    url = f"{reverse('admin:subscribers_doubled_calls')}?month={Month.current().code}"
    told = text(clerk("subscribers.view_callrecord").get(url))
    assert MASKED in told
    assert "123-45" not in told
    assert SHOWN in text(clerk("subscribers.view_callrecord", SEES).get(url))


@pytest.fixture
def reject() -> CallReject:
    call = CallFactory.create()
    return CallReject.objects.create(
        call_import=call.call_import,
        source=call.source,
        line_no=3,
        raw='"101","375291234517"',
        code="unknown",
        reason="Номер 375291234517 не найден",
        content_key="k" * 64,
    )


def test_rejects_are_masked_and_not_searched_without_the_right(reject: CallReject) -> None:
    rows = reverse("admin:subscribers_callreject_changelist")
    row = reverse("admin:subscribers_callreject_change", args=[reject.pk])
    half, whole = clerk("subscribers.view_callreject"), clerk("subscribers.view_callreject", SEES)
    for page in (rows, row):
        told = half.get(page).content.decode()
        assert "375•••••••17" in told
        assert "1234517" not in told
        assert "375291234517" in whole.get(page).content.decode()
    assert half.get(rows, {"q": "375291234517"}).context["cl"].result_count == 0
    assert whole.get(rows, {"q": "375291234517"}).context["cl"].result_count == 1
    assert half.get(rows, {"q": reject.call_import.file_name}).context["cl"].result_count == 1
    export = reverse("admin:subscribers_callreject_export")
    for browser, is_whole in ((half, False), (whole, True)):
        book = load_workbook(BytesIO(b"".join(browser.get(export))))
        cells = " ".join(str(cell.value) for line in book.worksheets[0] for cell in line)
        assert ("375291234517" in cells) is is_whole
        assert ("375•••••••17" in cells) is not is_whole
    for order in ("1", "2", "3", "4", "5", "6"):
        assert "1234517" not in half.get(rows, {"o": order}).content.decode()


def test_a_masked_line_is_not_in_the_history_of_an_action(reject: CallReject) -> None:
    half = clerk("subscribers.view_callreject", "subscribers.change_callreject")
    chosen = {"action": "dismiss", "_selected_action": [reject.pk]}
    told = half.post(reverse("admin:subscribers_callreject_changelist"), chosen, follow=True).content.decode()
    assert "1234517" not in told
    event = AuditEvent.objects.get(action="reject.dismissed")
    assert "1234517" not in f"{event.summary}{event.details}"


def test_superusers_see_dialled_numbers(staff: User) -> None:
    call: Any = CallFactory.create(other_party=DIALLED)
    asked = {"phone": call.subscriber.phone, "month": Month.current().code}
    assert SHOWN in text(signed_in(staff).get(reverse("admin:subscribers_calls"), asked))
