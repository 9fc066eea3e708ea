"""«Предварительный счёт»: the charges of the current month so far (2.3.5)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from billing.kinds import facts
from billing.kinds.facts import Fact
from billing.models import DocumentOrder
from billing.selectors import current_charges
from billing.terms import PreliminaryTerms


def terms(order: DocumentOrder) -> PreliminaryTerms:
    return PreliminaryTerms.of(order.params)


def told(order: DocumentOrder) -> dict[str, Any]:
    return {"listed": _listed(order)}


def ordered(order: DocumentOrder) -> list[Fact]:
    asked = terms(order)
    whole = Fact(_("Абоненты"), _("все абоненты лицевого счёта"))
    found = current_charges.subscribers(order.account, asked.subscriber_ids) if _listed(order) else []
    return [
        facts.document(_("Предварительный счёт")),
        Fact(_("Период"), asked.month.label),
        facts.numbers(_("Абоненты"), found) if _listed(order) else whole,
    ]


def accepted_text() -> str:
    return _(
        "Предварительный счёт будет отправлен на %(recipient)s в течение нескольких минут: файл PDF во вложении и "
        "ссылка для скачивания. Ждать на этой странице не нужно."
    )


def steps() -> Sequence[str]:
    return [_("Абоненты"), _("Готово")]


def again() -> tuple[str, str]:
    return _("Начисления за текущий период"), "billing:current_charges"


def _listed(order: DocumentOrder) -> int:
    """How many subscribers the order names; 0 means the whole account."""
    return len(terms(order).subscriber_ids or ())
