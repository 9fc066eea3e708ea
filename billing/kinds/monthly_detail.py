"""«Ежемесячная детализация»: ordered by each month's close for subscribers that have the service (3.2)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from billing.kinds import facts
from billing.kinds.facts import Fact
from billing.models import DocumentOrder
from billing.selectors import call_detail
from billing.terms import MonthlyDetailTerms


def terms(order: DocumentOrder) -> MonthlyDetailTerms:
    return MonthlyDetailTerms.of(order.params)


def told(order: DocumentOrder) -> dict[str, Any]:
    return {}


def ordered(order: DocumentOrder) -> list[Fact]:
    asked = terms(order)
    trunks = call_detail.ordered_trunks(order.account, asked.trunk_ids)
    numbers = call_detail.ordered_numbers(order.account, asked.number_ids)
    named = [facts.numbers(_("SIP-соединения с их номерами"), trunks), facts.numbers(_("SIP-номера"), numbers)]
    return [
        facts.document(_("Ежемесячная детализация")),
        Fact(_("Период"), asked.month.label),
        *(fact for fact in named if fact.phones),
    ]


def accepted_text() -> str:
    return _(
        "Детализация за закрытый месяц формируется по услуге «Ежемесячная детализация» и будет сразу отправлена на "
        "%(recipient)s: файл XLSX во вложении и ссылка для скачивания."
    )


def steps() -> Sequence[str]:
    return []


def again() -> None:
    return None
