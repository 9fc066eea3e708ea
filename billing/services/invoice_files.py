"""Files of an issued invoice: created at the first request, then always the same (2.3, 4.7)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

import structlog
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceFileKind, IssuedFile
from billing.reports import invoice_documents, invoice_sheets
from sipcabinet.lib import files, pdf, tenancy
from sipcabinet.lib.files import StoredFile
from sipcabinet.lib.sheets import xlsx

log = structlog.get_logger(__name__)

FOLDER = "invoices"
KEPT_FORGOTTEN = timedelta(days=1)  # longer than any process may work on a file


@dataclass(frozen=True, slots=True)
class _Maker:
    """How a kind of file is written, and its file name, which the customer sees."""

    extension: str
    content_type: str
    name: str
    write: Callable[[IO[bytes], Invoice], object]


def _makers() -> dict[InvoiceFileKind, _Maker]:
    return {
        InvoiceFileKind.INVOICE: _Maker(
            ".pdf", pdf.MIME, _("Счёт № %(number)s за %(month)s"), invoice_documents.write_invoice
        ),
        InvoiceFileKind.ACT: _Maker(
            ".pdf", pdf.MIME, _("Акт к счёту № %(number)s за %(month)s"), invoice_documents.write_act
        ),
        InvoiceFileKind.CHARGES: _Maker(
            ".xlsx", xlsx.MIME, _("Начисления по номерам к счёту № %(number)s за %(month)s"), invoice_sheets.write
        ),
    }


def file_of(*, invoice: Invoice, kind: InvoiceFileKind) -> IssuedFile:
    """The invoice's file of this kind; created now if nobody has requested it before.

    Only reads and inserts, so a customer's page may call it. Two requests at once get one file: the later one waits for
    the transaction of the first, then drops its copy. A rolled-back transaction leaves at most a file without a
    database row, which `remove_forgotten` removes. Raises PdfError.
    """
    if (known := _known(invoice, kind)) is not None:
        return known
    maker = _makers()[kind]
    stored = files.store(files.new_path(FOLDER, maker.extension), lambda stream: maker.write(stream, invoice))
    issued = _keep(invoice, kind, maker, stored)
    if issued.path != stored.path:
        files.remove(stored.path)
    return issued


def remove_forgotten() -> int:
    """Removes files older than a day that have no IssuedFile row; returns how many."""
    removed = files.remove_forgotten(
        FOLDER, older_than=KEPT_FORGOTTEN, is_kept=lambda path: IssuedFile.objects.filter(path=path).exists()
    )
    if removed:
        log.info("invoices.forgotten_removed", files=removed)
    return removed


def _known(invoice: Invoice, kind: InvoiceFileKind) -> IssuedFile | None:
    return tenancy.of(invoice.account).rows(IssuedFile).filter(invoice=invoice, kind=kind).first()


def _keep(invoice: Invoice, kind: InvoiceFileKind, maker: _Maker, stored: StoredFile) -> IssuedFile:
    issued = IssuedFile(
        account_id=invoice.account_id,
        invoice=invoice,
        kind=kind,
        file_name=files.safe_name(_name(maker, invoice)),
        content_type=maker.content_type,
        path=stored.path,
        sha256=stored.sha256,
        size=stored.size,
    )
    IssuedFile.objects.bulk_create([issued], ignore_conflicts=True)
    return IssuedFile.objects.get(invoice=invoice, kind=kind)


def _name(maker: _Maker, invoice: Invoice) -> str:
    return maker.name % {"number": invoice.number, "month": invoice.period.label} + maker.extension
