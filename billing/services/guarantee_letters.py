"""Letters about a guarantee, one for each of its steps, to the registered e-mail (2.2.3)."""

import structlog

from billing.models import PaymentGuarantee
from billing.selectors import guarantees
from billing.selectors.debt_words import DebtWords
from notifications.models import Letter
from notifications.services import letters
from notifications.services.letters import LetterError
from sipcabinet.lib import links

log = structlog.get_logger(__name__)


def requested(guarantee: PaymentGuarantee) -> Letter | None:
    """Reports that the request waits for the operator's decision."""
    return _tell(guarantee, "requested")


def accepted(guarantee: PaymentGuarantee, *, lifted: bool) -> Letter | None:
    """States until when to pay; `lifted`: calls are allowed again by this guarantee."""
    return _tell(guarantee, "accepted", lifted=lifted)


def rejected(guarantee: PaymentGuarantee) -> Letter | None:
    """States why the guarantee was rejected."""
    return _tell(guarantee, "rejected")


def fulfilled(guarantee: PaymentGuarantee) -> Letter | None:
    """Reports that the guarantee is paid."""
    return _tell(guarantee, "fulfilled")


def expired(guarantee: PaymentGuarantee) -> Letter | None:
    """Reports that the guarantee ran out unpaid, and names the day from which calls are barred for it."""
    return _tell(guarantee, "expired", short=guarantees.short_of(guarantee))


def _tell(guarantee: PaymentGuarantee, step: str, **more: object) -> Letter | None:
    """Queues the letter. None if the registered e-mail is invalid: the step goes on, staff find the refusal in the
    log."""
    account, debt = guarantee.account, guarantee.debt
    context = {
        "guarantee": guarantee,
        "debt": debt,
        "words": DebtWords(debt),
        "account": account,
        "link": links.absolute("billing:guarantee", guarantee.number),
        **more,
    }
    try:
        return letters.write(
            kind=f"guarantee_{step}",
            recipient=account.cabinet_email,
            account_id=account.pk,
            context=context,
            dedupe_key=f"guarantee:{guarantee.pk}:{step}",
        )
    except LetterError as refusal:
        log.warning("guarantee.letter_refused", guarantee_id=guarantee.pk, code=refusal.code)
        return None
