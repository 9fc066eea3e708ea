"""Sends regular invoices to customers: the mailing is created with the invoice and done by a worker (2.3.3)."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit
from billing.models import Invoice, InvoiceFileKind, InvoiceMailing, IssuedFile, MailingLetter
from billing.selectors import delivery
from billing.services import invoice_files, invoice_links, letter_files, order_bounds
from notifications.models import Letter
from notifications.services import letters
from sipcabinet.lib import clock, durable, links, tenancy
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError

log = structlog.get_logger(__name__)

DRAIN_TASK = "billing.drain_mailings"
LEASE = timedelta(minutes=10)  # twice the time that the PDF of a very large invoice takes
RESENDS_A_DAY = 5


class MailingError(DomainError):
    """The invoice cannot be sent again."""

    code = "mailing.refused"


def order(*, invoice: Invoice) -> InvoiceMailing:
    """Creates the mailing of an issued invoice, in the caller's transaction; a second call returns the same mailing.

    The recipients come from the delivery choice in force when a worker carries it out.
    """
    with transaction.atomic():
        mailing, created = InvoiceMailing.objects.get_or_create(
            invoice=invoice, defaults={"account": invoice.account, "dedupe_key": f"mailing:{invoice.pk}"}
        )
        if created:
            durable.hint(DRAIN_TASK)
    return mailing


def order_all(*, invoices: Sequence[Invoice]) -> None:
    """Creates the mailings of newly issued invoices, in the transaction that issues them; one query."""
    InvoiceMailing.objects.bulk_create(
        InvoiceMailing(invoice=invoice, account_id=invoice.account_id, dedupe_key=f"mailing:{invoice.pk}")
        for invoice in invoices
    )
    durable.hint(DRAIN_TASK)


def of(*, invoice: Invoice) -> InvoiceMailing:
    """The mailing of an issued invoice; raises MailingError if there is none (an invoice from an older system)."""
    mailing = tenancy.of(invoice.account).rows(InvoiceMailing).filter(invoice=invoice).first()
    if mailing is None:
        raise MailingError(_("Этот счёт не рассылался. Закажите его на E-mail."), code="mailing.none")
    return mailing


def drain() -> int:
    """Sends every due invoice, one after another; returns how many were claimed."""
    return durable.drain(lambda: durable.claim(InvoiceMailing, lease=LEASE), send)


def send(mailing: InvoiceMailing) -> None:
    """Carries out a claimed mailing: a letter to each address of the delivery choice in force, in the transaction that
    finishes the mailing. With «Получает сам» no letters are written: the invoice is in the cabinet. Raises
    ClaimLost."""
    file = None
    if delivery.way(delivery.current(mailing.account)).by_email:
        file = invoice_files.file_of(invoice=mailing.invoice, kind=InvoiceFileKind.INVOICE)
    _hand_over(mailing, file)
    log.info("mailing.done", mailing_id=mailing.pk)


def resend(
    *,
    mailing: InvoiceMailing,
    user: User,
    recipients: Sequence[str] | None = None,
    repeats: Letter | None = None,
    address: str | None = None,
) -> list[Letter]:
    """«Отправить ещё раз»: new letters with the same file to the current delivery addresses, or to `recipients`
    (staff). Only reads and inserts. `repeats`: the letter in whose place the new ones go, to whatever address.

    Two presses at once make one letter per address. Raises MailingError with «Получает сам», while the invoice or a
    letter is still in the queue, and after RESENDS_A_DAY within 24 hours; BoundError past the customer's limit for
    today.
    """
    if recipients is None:
        recipients = delivery.way(delivery.current(mailing.account)).addresses
    _check_may_resend(mailing, recipients)
    file = invoice_files.file_of(invoice=mailing.invoice, kind=InvoiceFileKind.INVOICE)
    with transaction.atomic():
        order_bounds.lock(mailing.account)
        order_bounds.check_may_send(mailing.account, user)
        written = [_write(mailing, file, recipient, repeats) for recipient in recipients]
        new = [letter for letter, created in written if created]
        if new:
            audit.record(
                account=mailing.account,
                user=user,
                action="invoice.resent",
                summary=_("Счёт № %(number)s отправлен ещё раз") % {"number": mailing.invoice.number},
                details={"invoice_id": mailing.invoice_id, "letter_ids": [letter.pk for letter in new]},
                address=address,
            )
    return [letter for letter, _created in written]


def _hand_over(mailing: InvoiceMailing, file: IssuedFile | None) -> None:
    with transaction.atomic():
        durable.finish(mailing)
        if file is not None:
            for recipient in delivery.way(delivery.current(mailing.account)).addresses:
                _write(mailing, file, recipient)


def _write(
    mailing: InvoiceMailing, file: IssuedFile, recipient: str, repeats: Letter | None = None
) -> tuple[Letter, bool]:
    """Queues the invoice's next letter to an address and links it to the mailing; two calls at once make one letter."""
    before = _letters(mailing).filter(recipient=recipient).order_by("-pk")
    letter = letters.write(
        kind="invoice_issued",
        recipient=recipient,
        account_id=mailing.account_id,
        context=_context(mailing.invoice, file),
        attachments=letter_files.attachments(file),
        dedupe_key=f"mailing:{mailing.pk}:{before.count()}:{recipient}",
        resend_of=repeats or before.first(),
    )
    _tie, created = MailingLetter.objects.get_or_create(
        letter=letter, defaults={"mailing": mailing, "account": mailing.account}
    )
    return letter, created


def _context(invoice: Invoice, file: IssuedFile) -> dict[str, object]:
    return {
        **letter_files.context(file, invoice_links.link_to(invoice)),
        "invoice": invoice,
        "account": invoice.account,
        "delivery_link": links.absolute("billing:delivery"),
    }


def _check_may_resend(mailing: InvoiceMailing, addresses: Sequence[str]) -> None:
    if not addresses:
        message = _("Счета не отправляются: выбран способ «Получает сам». Скачайте счёт или закажите его на E-mail.")
        raise MailingError(message, code="mailing.self_pickup")
    sent = list(_letters(mailing))
    if mailing.state != JobState.DONE or any(letter.state == JobState.WAITING for letter in sent):
        raise MailingError(_("Счёт уже в очереди на отправку. Подождите, пока он уйдёт."), code="mailing.sending")
    since = clock.now() - timedelta(days=1)
    again = Counter(letter.recipient for letter in sent if letter.resend_of_id and letter.created_at > since)
    if any(again[recipient] >= RESENDS_A_DAY for recipient in addresses):
        message = _("За последние сутки счёт уже отправляли повторно %(count)d раз. Скачайте его в личном кабинете.")
        raise MailingError(message % {"count": RESENDS_A_DAY}, code="mailing.too_often")


def _letters(mailing: InvoiceMailing) -> QuerySet[Letter]:
    return tenancy.of(mailing.account).rows(Letter).filter(mailings=mailing)
