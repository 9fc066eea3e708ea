"""What needs a decision on the customer's page now, each with the page on which it is decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.selectors.customer.page import CustomerPage
from desk.views.customer import letters
from sipcabinet.lib import clock, money, phones


@dataclass(frozen=True, slots=True)
class Waiting:
    """A box of the page. Without `url` the person may see it, but not decide it."""

    tone: str
    title: str
    text: str
    url: str
    action: str


def of(page: CustomerPage, user: Any) -> list[Waiting]:
    """The boxes, the most urgent kind first."""
    return [*_guarantees(page, user), *_credits(page, user), *_letters(page, user), *_orders(page), *_numbers(page)]


def _guarantees(page: CustomerPage, user: Any) -> Iterator[Waiting]:
    for promise in page.promises:
        if not promise.is_pending:
            continue
        told = {"number": promise.number, "amount": money.show_byn(promise.amount), "document": promise.document}
        former = sum(not one.is_pending for one in page.promises)
        yield Waiting(
            "warn",
            _("Ждёт решения: обязательство %(number)s на %(amount)s") % told,
            _("%(document)s. Подано %(at)s. Прежних обязательств: %(former)d.")
            % {**told, "at": clock.show_moment(promise.requested_at), "former": former},
            _decided(user, "billing.change_paymentguarantee", "billing_paymentguarantee_decide", promise.pk),
            _("Принять или отклонить…"),
        )


def _credits(page: CustomerPage, user: Any) -> Iterator[Waiting]:
    for credit in page.received.waiting:
        yield Waiting(
            "warn",
            _("Невыясненный платёж на %(amount)s от %(day)s")
            % {"amount": money.show_byn(credit.amount), "day": clock.show_date(credit.received_on)},
            _("%(payer)s: %(purpose)s. Не зачислен: %(why)s.")
            % {"payer": credit.payer_name or "—", "purpose": credit.purpose or "—", "why": credit.why},
            _decided(user, "billing.change_suspensepayment", "desk_suspense", credit.pk),
            _("Разобрать…"),
        )


def _letters(page: CustomerPage, user: Any) -> Iterator[Waiting]:
    may_send = user.has_perm(letters.SEND)
    for sent in page.dispatches.failed_letters:
        letter = sent.letter
        yield Waiting(
            "err",
            _("Письмо не доставлено: «%(subject)s»") % {"subject": letter.subject},
            _("%(at)s, %(recipient)s, %(state)s. Ответ сервера: %(answer)s")
            % {
                "at": clock.show_moment(letter.created_at),
                "recipient": letter.recipient,
                "state": sent.label,
                "answer": sent.answer or "—",
            },
            reverse("admin:desk_customer_letter", args=[page.customer.pk, letter.pk])
            if may_send
            else reverse("admin:notifications_letter_change", args=[letter.pk]),
            _("Отправить ещё раз…") if may_send else _("Открыть письмо"),
        )


def _orders(page: CustomerPage) -> Iterator[Waiting]:
    for order in page.dispatches.failed_orders:
        yield Waiting(
            "err",
            _("Заказ %(number)s не выполнен") % {"number": order.number},
            _("%(title)s. Заказан %(at)s.") % {"title": order.title, "at": clock.show_moment(order.created_at)},
            reverse("admin:billing_documentorder_change", args=[order.pk]),
            _("Открыть заказ"),
        )


def _numbers(page: CustomerPage) -> Iterator[Waiting]:
    for number in page.numbers:
        if number.has_failed:
            yield Waiting(
                "err",
                _("Коммутатор не принял номер %(phone)s") % {"phone": phones.display(number.subscriber.phone)},
                _("Последнее изменение этого номера не применено."),
                reverse("admin:subscribers_subscriber_change", args=[number.subscriber.pk]),
                _("Открыть номер"),
            )


def _decided(user: Any, permission: str, view: str, pk: int) -> str:
    return reverse(f"admin:{view}", args=[pk]) if user.has_perm(permission) else ""
