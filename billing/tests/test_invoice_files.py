"""Files of an issued invoice: one of each kind, always with the same bytes (2.3, 4.7)."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import Account
from billing.models import InvoiceFileKind, IssuedFile
from billing.services import invoice_files
from billing.tasks import remove_forgotten_files
from billing.tests.money import invoice_of
from sipcabinet.lib import files, tenancy
from sipcabinet.tests.stored import sha256_of
from subscribers.tests.factories import TrunkFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", InvoiceFileKind)
def test_a_file_is_made_once(account: Account, kind: InvoiceFileKind) -> None:
    invoice = invoice_of(account, "2026-10", subscriber=TrunkFactory.create(account=account))

    first = invoice_files.file_of(invoice=invoice, kind=kind)
    again = invoice_files.file_of(invoice=invoice, kind=kind)

    assert first == again
    assert IssuedFile.objects.count() == 1
    assert sha256_of(first.path) == first.sha256
    assert files.location(first.path).stat().st_size == first.size


def test_a_customers_page_makes_it(account: Account) -> None:
    invoice = invoice_of(account, "2026-10", subscriber=TrunkFactory.create(account=account))

    with tenancy.portal(account.pk):
        issued = invoice_files.file_of(invoice=invoice, kind=InvoiceFileKind.INVOICE)

    assert issued.file_name == f"Счёт № {invoice.number} за октябрь 2026.pdf"


def test_a_file_no_invoice_knows_of_is_removed_a_day_later(account: Account, at: Callable[[str], object]) -> None:
    invoice = invoice_of(account, "2026-10", subscriber=TrunkFactory.create(account=account))
    issued = invoice_files.file_of(invoice=invoice, kind=InvoiceFileKind.CHARGES)
    orphan = files.store(files.new_path("invoices", ".pdf"), lambda stream: stream.write(b"x"))
    remove_forgotten_files()
    assert files.location(orphan.path).exists()

    at(f"{timezone.now().year + 70}-01-01 00:00")
    remove_forgotten_files()

    assert not files.location(orphan.path).exists()
    assert files.location(issued.path).exists()
