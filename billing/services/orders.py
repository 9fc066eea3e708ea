"""Places orders of documents and sends created documents again (2.3.4, 2.5). services/production.py creates them."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.actor import PORTAL, Actor
from accounts.models import Account, User
from accounts.services import audit
from billing.models import CallDetailTerms, Document, DocumentOrder, OrderKind, ReportDirection
from billing.selectors import call_detail
from billing.services import order_bounds, order_letters
from billing.terms import Terms
from notifications.models import Letter
from sipcabinet.lib import clock, durable, tenancy
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.models import Subscriber

DRAIN_TASK = "billing.drain_orders"
RESENDS_A_DAY = 5


class OrderError(DomainError):
    """The order is refused."""

    code = "order.refused"


def place_call_detail(
    *,
    account: Account,
    month: Month,
    direction: ReportDirection,
    trunks: Sequence[Subscriber],
    by: Actor,
) -> DocumentOrder:
    """Orders «Детализация на E-mail», due after CALL_DETAIL_DELAY; the same form sent twice returns the first order.

    `by.token` is the wizard's token; the same token with other terms gives another order. Only reads and inserts, so a
    customer's page may call it. Raises OrderError for a month or subscribers that are not offered.
    """
    _check_offered(account, month, trunks)
    terms = CallDetailTerms(month, direction, [trunk.pk for trunk in trunks])
    return place(
        account=account,
        kind=OrderKind.CALL_DETAIL,
        terms=terms,
        due_at=clock.now() + settings.CALL_DETAIL_DELAY,
        dedupe_key=key_of_form(OrderKind.CALL_DETAIL, account, by.token, terms),
        by=by,
    )


def place(
    *,
    account: Account,
    kind: OrderKind,
    terms: Terms,
    dedupe_key: str,
    by: Actor = PORTAL,
    due_at: datetime | None = None,
) -> DocumentOrder:
    """Orders a document of any kind to the registered e-mail, due at once or at `due_at`. The caller checks what may be
    ordered. The same key returns the first order. Only reads and inserts. Without a user the order comes from the
    operator's month close. Locks the account's orders; raises BoundError past the customer's limit."""
    fields = {
        "kind": kind,
        "title": terms.title,
        "params": terms.params,
        "ordered_by": by.user,
        "recipient": account.cabinet_email,
        "due_at": due_at or clock.now(),
    }
    with transaction.atomic():
        order_bounds.lock(account)
        order, created = _place(account, dedupe_key, fields)
        if created:
            _record_placed(order, by)
            durable.hint(DRAIN_TASK)
    return order


def key_of_form(kind: OrderKind, account: Account, token: str, terms: Terms) -> str:
    """The key of an order from a wizard: depends on the form's token and on the terms."""
    form = hashlib.sha256(json.dumps([token, terms.params], sort_keys=True).encode()).hexdigest()
    return f"{kind.value}:{account.pk}:{form}"


def resend(*, order: DocumentOrder, user: User, address: str | None = None) -> Letter:
    """«Отправить ещё раз»: a new letter with the document and a new link, to the present registered e-mail.

    Two presses at once make one letter. Raises OrderError while there is no document, while the last letter is still in
    the queue, and after RESENDS_A_DAY within 24 hours; BoundError past the customer's limit for today.
    """
    document = Document.objects.filter(order=order).first()
    if document is None:
        raise OrderError(_("Документ ещё не сформирован: отправлять пока нечего."), code="order.not_made")
    sent = list(tenancy.of(order.account).rows(Letter).filter(orders=order).order_by("pk"))
    _check_may_resend(sent)
    with transaction.atomic():
        order_bounds.lock(order.account)
        order_bounds.check_may_send(order.account, user)
        letter, created = order_letters.write(
            order,
            document,
            recipient=order.account.cabinet_email,
            place=len(sent),
            resend_of=sent[-1] if sent else None,
        )
        if created:
            summary = _("Заказ %(number)s отправлен ещё раз") % {"number": order.number}
            details = {"order_id": order.pk, "letter_id": letter.pk}
            audit.record(
                account=order.account,
                user=user,
                action="order.resent",
                summary=summary,
                details=details,
                address=address,
            )
    return letter


def _check_offered(account: Account, month: Month, trunks: Sequence[Subscriber]) -> None:
    if month not in call_detail.months():
        raise OrderError(_("Детализация доступна за текущий и предыдущий месяц."), code="order.month")
    ids = {trunk.pk for trunk in trunks}
    if not ids:
        raise OrderError(_("Отметьте хотя бы одного абонента."), code="order.no_subscribers")
    if call_detail.trunks(account, month).filter(pk__in=ids).count() != len(ids):
        raise OrderError(_("Отметьте абонентов из списка."), code="order.subscribers")


def _place(account: Account, key: str, fields: dict[str, Any]) -> tuple[DocumentOrder, bool]:
    orders = tenancy.of(account).rows(DocumentOrder)
    if (known := orders.filter(dedupe_key=key).first()) is not None:
        return known, False
    order_bounds.check_may_order(account, fields["ordered_by"])
    # If the lock ever failed, the unique key would still keep simultaneous forms from making two orders.
    return orders.get_or_create(dedupe_key=key, defaults={"account": account, "number": _next_number(), **fields})


def _next_number() -> str:
    """The number that the customer quotes: `З-2026-000123`. A refused order may leave a gap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_order_number_seq')")
        (serial,) = cursor.fetchone()
    return f"З-{clock.today().year}-{serial:06d}"


def _record_placed(order: DocumentOrder, by: Actor) -> None:
    audit.record(
        account=order.account,
        user=by.user,
        action="order.placed",
        summary=_("Заказ %(number)s: %(title)s") % {"number": order.number, "title": order.title},
        details={"order_id": order.pk, **order.params},
        address=by.address,
    )


def _check_may_resend(sent: Sequence[Letter]) -> None:
    if any(letter.state == JobState.WAITING for letter in sent):
        raise OrderError(_("Письмо уже в очереди на отправку. Подождите, пока оно уйдёт."), code="order.sending")
    since = clock.now() - timedelta(days=1)
    if len([letter for letter in sent[1:] if letter.created_at > since]) >= RESENDS_A_DAY:
        message = _("За последние сутки письмо уже отправляли повторно %(count)d раз. Скачайте файл на этой странице.")
        raise OrderError(message % {"count": RESENDS_A_DAY}, code="order.too_often")
