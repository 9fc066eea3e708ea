"""Invoices and corrections at the desk: staff can view them but never change them; reading a file is audited (4.7)."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import StaffFactory
from billing.models import Correction, Invoice, InvoiceFileKind

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", InvoiceFileKind)
def test_a_file_is_read_and_that_is_audited(desk: Client, everything: Account, kind: InvoiceFileKind) -> None:
    invoice = Invoice.objects.get()

    response = desk.get(reverse("admin:billing_invoice_file", args=[invoice.pk, kind.value]))

    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(response).startswith(b"PK" if kind == InvoiceFileKind.CHARGES else b"%PDF")
    event = AuditEvent.objects.get(action="invoice.read")
    assert (event.account, invoice.number in event.summary) == (everything, True)


def test_a_correction_is_read_and_that_is_audited(desk: Client, everything: Account) -> None:
    correction = Correction.objects.get()
    response = desk.get(reverse("admin:billing_correction_file", args=[correction.pk]))
    assert b"".join(response).startswith(b"%PDF")
    assert AuditEvent.objects.get(action="correction.read").account == everything


def test_what_is_not_there_is_missing(desk: Client, everything: Account) -> None:
    invoice = Invoice.objects.get()
    assert desk.get(reverse("admin:billing_invoice_file", args=[invoice.pk, "other"])).status_code == 404
    assert desk.get(reverse("admin:billing_invoice_file", args=[invoice.pk + 1, "act"])).status_code == 404
    assert desk.get(reverse("admin:billing_correction_file", args=[10**6])).status_code == 404


def test_without_rights_a_file_is_missing(everything: Account, client_of: Callable[[User], Client]) -> None:
    clerk = client_of(StaffFactory.create(is_superuser=False))
    for name, args in (
        ("invoice_file", [Invoice.objects.get().pk, "act"]),
        ("correction_file", [Correction.objects.get().pk]),
    ):
        assert clerk.get(reverse(f"admin:billing_{name}", args=args)).status_code == 404
    assert not AuditEvent.objects.filter(action__in=["invoice.read", "correction.read"]).exists()
