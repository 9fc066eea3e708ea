"""The PDF of an issued invoice as an ordered document: the same stored file as in every other way (2.3.1)."""

import shutil
from typing import IO

from billing.models import DocumentOrder, Invoice, InvoiceFileKind
from billing.reports.making import Making
from billing.terms import InvoiceTerms
from sipcabinet.lib import files, pdf, tenancy

EXTENSION = ".pdf"
CONTENT_TYPE = pdf.MIME


def file_name(order: DocumentOrder) -> str:
    """`Счёт № 000123 за октябрь 2026.pdf`."""
    return f"{InvoiceTerms.of(order.params).title}{EXTENSION}"


def write(stream: IO[bytes], order: DocumentOrder, making: Making) -> None:
    """Copies the invoice's stored file; creates the file if nobody has requested it yet."""
    invoice = tenancy.of(order.account).rows(Invoice).get(pk=InvoiceTerms.of(order.params).invoice_id)
    file = making.issued_file(invoice=invoice, kind=InvoiceFileKind.INVOICE)
    with files.open_stored(file.path) as source:
        shutil.copyfileobj(source, stream)
