"""«Загрузить счёт по ссылке»: signed links to the PDF of an issued invoice (2.3.2)."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit
from billing.models import Invoice
from billing.services import order_bounds
from sipcabinet.lib import links

LINK_PURPOSE = "invoice"


def link_to(invoice: Invoice) -> str:
    """A signed address of the invoice's PDF; works for LINK_LIFETIME and only for the invoice's owner."""
    return links.absolute("billing:invoice_download", links.sign(LINK_PURPOSE, str(invoice.pk)))


def record(*, invoice: Invoice, user: User, address: str | None = None) -> None:
    """Records in the audit journal that a link to the invoice was requested. Raises BoundError past the day's limit."""
    with transaction.atomic():
        order_bounds.lock(invoice.account)
        order_bounds.check_may_send(invoice.account, user)
        audit.record(
            account=invoice.account,
            user=user,
            action="link.made",
            summary=_("Получена ссылка на счёт № %(number)s") % {"number": invoice.number},
            details={"invoice_id": invoice.pk},
            address=address,
        )
