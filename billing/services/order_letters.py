"""The letter with a created document: a signed link, and the file unless it exceeds ATTACHMENT_LIMIT_BYTES (2.3.4)."""

from billing import kinds
from billing.models import Document, DocumentOrder, OrderLetter
from billing.services import letter_files
from notifications.models import Letter
from notifications.services import letters
from sipcabinet.lib import links

LINK_PURPOSE = "document"


def write(
    order: DocumentOrder, document: Document, *, recipient: str, place: int, resend_of: Letter | None = None
) -> tuple[Letter, bool]:
    """Queues the order's letter number `place` (from 0) and links it to the order; a second call makes no new
    letter."""
    letter = letters.write(
        kind=kinds.of(order).letter,
        recipient=recipient,
        account_id=order.account_id,
        context=_context(order, document),
        attachments=letter_files.attachments(document),
        dedupe_key=f"order:{order.pk}:letter:{place}",
        resend_of=resend_of,
    )
    _tie, created = OrderLetter.objects.get_or_create(
        letter=letter, defaults={"order": order, "account": order.account}
    )
    return letter, created


def link_to(document: Document) -> str:
    """A signed address of the file; works for LINK_LIFETIME and only for the file's owner."""
    return links.absolute("billing:download", links.sign(LINK_PURPOSE, str(document.pk)))


def _context(order: DocumentOrder, document: Document) -> dict[str, object]:
    kind = kinds.of(order)
    return {
        **kind.told(order),
        **letter_files.context(document, link_to(document)),
        "order": order,
        "terms": kind.terms(order),
        "account": order.account,
        "document": document,
        "orders_link": links.absolute("billing:orders"),
    }
