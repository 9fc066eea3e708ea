"""«Счёт на E-mail»: sends an issued invoice again (2.3.1)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from billing.kinds import facts
from billing.kinds.facts import Fact
from billing.models import DocumentOrder, Invoice
from billing.selectors import corrections
from billing.selectors.corrected import Corrected
from billing.terms import InvoiceTerms
from sipcabinet.lib import clock, money, tenancy


def terms(order: DocumentOrder) -> InvoiceTerms:
    return InvoiceTerms.of(order.params)


def told(order: DocumentOrder) -> dict[str, Any]:
    invoice = _invoice(order)
    return {"invoice": invoice, "corrected": _corrected(order, invoice)}


def ordered(order: DocumentOrder) -> list[Fact]:
    invoice = _invoice(order)
    corrected = _corrected(order, invoice)
    return [
        facts.document(_("Счёт № %(number)s от %(day)s") % {"number": invoice.number, "day": _day(invoice)}),
        Fact(_("Период"), invoice.period.label),
        Fact(_("Начислено с НДС"), money.show_byn(invoice.total)),
        *([Fact(corrected.title, money.show_byn(corrected.total))] if corrected else []),
    ]


def accepted_text() -> str:
    return _(
        "Счёт будет отправлен на %(recipient)s в течение нескольких минут: файл PDF во вложении и ссылка для "
        "скачивания. Ждать на этой странице не нужно."
    )


def steps() -> Sequence[str]:
    return [_("Период"), _("Готово")]


def again() -> tuple[str, str]:
    return _("Заказать другой счёт"), "billing:invoice_by_email"


def _invoice(order: DocumentOrder) -> Invoice:
    return tenancy.of(order.account).rows(Invoice).get(pk=terms(order).invoice_id)


def _corrected(order: DocumentOrder, invoice: Invoice) -> Corrected | None:
    return corrections.corrected(order.account, [invoice]).get(invoice.pk)


def _day(invoice: Invoice) -> str:
    return clock.show_date(invoice.issued_on)
