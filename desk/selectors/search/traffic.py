"""Letters and payments, as the search finds them (4.1)."""

from django.db.models import Case, F, Q, Value, When

from billing.models import Payment, SuspensePayment
from desk.selectors.search.shape import EXACT, PART, Rows, of_account, shaped
from desk.selectors.search.typed import Typed
from notifications.models import Letter
from sipcabinet.lib.spelling import Plain

RESOLVED, WAITING = "resolved", "waiting"  # states of an unmatched payment


def letters(typed: Typed, count: int) -> list[Rows]:
    """By the letter's number or Message-ID, and by the whole address: its newest letters."""
    rows, found = Letter.objects.all(), []
    columns = of_account() | {"title": "subject", "detail": "recipient", "state": "state", "moment": "created_at"}
    named = typed.text if typed.text.startswith("<") else f"<{typed.text}>"
    if "@" in typed.text:
        found.append(shaped(rows.filter(message_id=named).order_by("-pk"), "letters", EXACT, count, **columns))
    if typed.email:
        mailed = rows.annotate(plain_to=Plain("recipient")).filter(plain_to=typed.email).order_by("-pk")
        found.append(shaped(mailed, "letters", PART, count, **columns))
    if typed.serial is not None:
        found.append(shaped(rows.filter(pk=typed.serial).order_by("-pk"), "letters", EXACT, count, **columns))
    return found


def payments(typed: Typed, count: int) -> list[Rows]:
    """By the number of the payer's document: the newest first."""
    rows = Payment.objects.filter(_of_document(typed)).order_by("-pk")
    columns = {"title": "reference", "detail": "payer_name", "moment": "received_on", "amount": "amount"}
    return [shaped(rows, "payments", PART, count, **of_account(), **columns)]


def suspense(typed: Typed, count: int) -> list[Rows]:
    """Payments whose account is not known, by the number of the payer's document."""
    rows = SuspensePayment.objects.filter(_of_document(typed)).order_by("-pk")
    state = Case(When(resolved_at=None, then=Value(WAITING)), default=Value(RESOLVED))
    columns = {"title": "reference", "detail": "payer_name", "moment": "received_on", "amount": "amount"}
    return [shaped(rows, "suspense", PART, count, state=state, customer=F("payer_name"), **columns)]


def _of_document(typed: Typed) -> Q:
    text = typed.text.lstrip("№# ")
    return Q(reference__in={text, text.upper(), text.lstrip("0") or text})
