"""Numbers of issued documents, 1..n without a gap (4.7)."""

from django.db.models import F

from billing.models import CounterKind, DocumentCounter

DIGITS = 6


def take(kind: CounterKind) -> int:
    """The next number of its kind. Locks the counter's row until the transaction ends, and gives the number back if
    that rolls back: call it last, right before the document is written."""
    counter = DocumentCounter.objects.select_for_update().get(kind=kind)
    DocumentCounter.objects.filter(kind=kind).update(last=F("last") + 1)
    return counter.last + 1


def shown(serial: int) -> str:
    """`000123`."""
    return f"{serial:0{DIGITS}d}"
