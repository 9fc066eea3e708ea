"""The PDF of an invoice as it would be issued now, for pages that show it before (4.7, 4.11)."""

from typing import cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.reports import invoice_documents
from billing.selectors import current_charges
from billing.services import issuing
from sipcabinet.lib import pdf, staff
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.lib.periods import Month


def answer(request: HttpRequest, account: Account, month: Month) -> HttpResponseBase:
    """The file, marked as a draft; the look is recorded. Raises DomainError if the charges cannot be counted."""
    found = current_charges.counted(account, month)
    name = _("Проект счёта %(account)s за %(month)s") % {"account": account.number, "month": month.label}
    cast("staff.Desk", admin.site).look(request, LookKind.FILE, f"draft:{month.code}", name, [account])
    made = issuing.draft(account=account, month=month, found=found)
    return pdf.attachment(name, invoice_documents.draft(made, found))
