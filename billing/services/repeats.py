"""«Отправить ещё раз» by staff: any letter, to an address that the customer has now (4.1, 4.2).

A letter with an ordered document or an invoice goes through its order or mailing, so that the customer sees it there.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from accounts.services import audit
from billing.models import DocumentOrder, InvoiceMailing
from billing.selectors import delivery
from billing.services import mailings, orders
from notifications.models import Letter
from notifications.services import letters
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError

ABOUT_THE_FORMER_ADDRESS = "email_changed"  # its text is for the mailbox that it was written to


class RepeatError(DomainError):
    """The letter cannot be sent again."""

    code = "repeat.refused"


def account_of(letter: Letter) -> Account | None:
    """The letter's account with its customer; None for a letter of the operator's own."""
    if letter.account_id is None:
        return None
    return Account.objects.select_related("customer").get(pk=letter.account_id)


def addresses(letter: Letter) -> list[str]:
    """Where the letter may go, the likeliest first: its own recipient while the account still has this address, else
    the registered e-mail. A former address is not offered: its mailbox may be in other hands."""
    account = account_of(letter)
    if account is None or letter.kind == ABOUT_THE_FORMER_ADDRESS:
        return [letter.recipient]
    registered = [account.cabinet_email] if account.cabinet_email else []
    if DocumentOrder.objects.filter(letters=letter).exists():
        return registered
    present = list(dict.fromkeys([*registered, *delivery.way(delivery.current(account)).addresses]))
    return sorted(present, key=lambda address: address != letter.recipient)


def why_not(letter: Letter) -> str:
    """Why the letter cannot be sent again now, in words; empty if it can."""
    if letter.sealed:
        return _("Письмо с паролем повторить нельзя: вышлите новый временный пароль.")
    if letter.state == JobState.WAITING:
        return _("Письмо ещё в очереди и будет отправлено автоматически.")
    repeat = letter.resends.order_by("pk").last()
    if repeat is not None and letter.state != JobState.DONE:
        told = {"when": clock.show_moment(repeat.created_at), "recipient": repeat.recipient}
        return _("Это письмо уже отправили ещё раз: %(when)s, на %(recipient)s.") % told
    return "" if addresses(letter) else _("У клиента нет E-mail: сначала внесите его по заявлению.")


def send(*, letter: Letter, recipient: str, by: Actor) -> Letter:
    """Sends the letter again to one of its `addresses`; returns the letter that now waits in the outbox.

    A parked letter with the same recipient waits again itself. Locks the letter: of two clerks the second one is told.
    Audited. Raises RepeatError, and the errors of the order, the mailing or the outbox.
    """
    with transaction.atomic():
        held = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
        if refusal := why_not(held):
            raise RepeatError(refusal)
        if recipient not in addresses(held):
            raise RepeatError(_("Такого адреса у клиента нет: выберите один из предложенных."), code="repeat.recipient")
        if held.state == JobState.PARKED and held.recipient == recipient and durable.retry(held):
            durable.hint(letters.DRAIN_TASK)
            _record(held, held, "letter.retried", _("Письмо снова в очереди: %(what)s"), by)
            return held
        return _repeat(held, recipient, by)


def _repeat(letter: Letter, recipient: str, by: Actor) -> Letter:
    order = DocumentOrder.objects.filter(letters=letter).first()
    mailing = InvoiceMailing.objects.filter(letters=letter).first()
    if order is not None and by.user is not None:
        return orders.resend(order=order, user=by.user, address=by.address)
    if mailing is not None and by.user is not None:
        again = mailings.resend(
            mailing=mailing, user=by.user, recipients=[recipient], repeats=letter, address=by.address
        )
        return again[0]
    repeat = letters.resend(letter=letter, recipient=recipient)
    _record(letter, repeat, "letter.resent", _("Отправлено ещё раз: %(what)s"), by)
    return repeat


def _record(letter: Letter, repeat: Letter, action: str, words: str, by: Actor) -> None:
    audit.record(
        account=account_of(letter),
        user=by.user,
        action=action,
        summary=words % {"what": letter},
        details={"id": str(letter.pk), "letter_id": repeat.pk},
        address=by.address,
    )
